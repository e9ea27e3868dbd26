"""How many leads a partner has in each status, kept in the transaction that changes them."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Value, When

from leadportal.partners.models import Partner
from leads.status import Status


class LeadCountQuerySet(models.QuerySet["LeadCount"]):
    """Counters, and adding to them."""

    def add(self, changes: Mapping[tuple[int, str], int]) -> None:
        """Add to the counters of (partner's id, status); call it in the leads' own transaction.

        One counter takes one statement, any number three. They are locked in a fixed order, so that
        two transactions never deadlock.
        """
        if len(changes) == 1:
            (((partner, status), by),) = changes.items()
            if self.filter(partner=partner, status=status).update(count=F("count") + by):
                return
        partners = {partner for partner, _ in changes}
        self.bulk_create(
            [
                self.model(partner_id=partner, status=status)
                for partner in sorted(partners)
                for status in Status.values
            ],
            ignore_conflicts=True,
        )
        rows = [
            (row, changes[row.partner_id, row.status])
            for row in self.select_for_update().filter(partner__in=partners).order_by("pk")
            if changes.get((row.partner_id, row.status))
        ]
        self.filter(pk__in=[row.pk for row, _ in rows]).update(
            count=F("count") + Case(*(When(pk=row.pk, then=Value(by)) for row, by in rows))
        )


class LeadCount(models.Model):
    """One counter per partner and status, so that a list never counts its rows."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="lead_counts")
    status = models.CharField(max_length=10, choices=Status)
    count = models.PositiveIntegerField(default=0)

    objects: ClassVar[LeadCountQuerySet] = LeadCountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("partner", "status"), name="count_once_per_status"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.count} {self.status}"
