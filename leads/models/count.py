"""How many leads a partner has in each status, kept in the transaction that changes them."""

from typing import ClassVar

from django.db import models

from leadportal.partners.models import Partner
from leads.status import Status


class LeadCount(models.Model):
    """One counter per partner and status, so that a list never counts its rows."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="lead_counts")
    status = models.CharField(max_length=10, choices=Status)
    count = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["LeadCount"]]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("partner", "status"), name="count_once_per_status"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.count} {self.status}"
