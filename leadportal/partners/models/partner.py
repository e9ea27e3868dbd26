"""Partner organizations."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from leadportal.domains import readable_domain, registrable_domain
from leadportal.folding import search_text


class Partner(models.Model):
    """An organization that submits leads and earns a commission for won deals."""

    name = models.CharField(max_length=200)
    domain = models.CharField(
        max_length=253,
        blank=True,
        help_text="The partner's own domain, such as example.com; anything you paste is reduced to "
        "the registrable domain. Leads for this domain are refused.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    search_text = models.TextField(editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Leads are compared with it, whose domains are reduced in the same way.
        self.domain = _reduced(self.domain)
        self.search_text = search_text(self.name, self.domain, readable_domain(self.domain))
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        try:
            self.domain = _reduced(self.domain)
        except ValidationError as error:
            raise ValidationError({"domain": error}) from error


def _reduced(domain: str) -> str:
    return registrable_domain(domain) if domain else ""
