"""The one row of the bare view."""

from django.conf import settings
from django.db import models


class Contact(models.Model):
    """Somebody to call, in one row that nothing else depends on."""

    company_name = models.CharField(max_length=200)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    email = models.EmailField()
    text = models.TextField(blank=True)
    # The table is made before the one it refers to, as it has no migrations.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_constraint=False
    )

    def __str__(self) -> str:
        return self.company_name
