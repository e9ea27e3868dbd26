"""The organisation that sends leads."""

from django.db import models
from django.utils import timezone


class Partner(models.Model):
    """An organisation that sends leads to the vendor and is paid for the deals that are won."""

    name = models.CharField(max_length=200)
    domain = models.CharField(
        max_length=253,
        blank=True,
        help_text="The partner's own registrable domain, such as example.com. "
        "A lead of this domain is refused.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
