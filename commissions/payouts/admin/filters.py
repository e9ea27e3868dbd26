"""Filters of the withdrawals. The list opens on those that wait for their payment."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest

from commissions.payouts.models import PaymentBatch, Withdrawal, WithdrawalStatus
from leadportal.db.keys import number
from leadportal.ui.filters import OpeningStatusFilter

NEWEST_BATCHES = 10
BATCH_VAR = "batch"


class StatusFilter(OpeningStatusFilter):
    """Opens on Pending; a search, or a batch, shows every status unless one is chosen."""

    statuses = WithdrawalStatus
    opens_on = WithdrawalStatus.PENDING
    looks_everywhere = (SEARCH_VAR, BATCH_VAR)


class BatchFilter(admin.SimpleListFilter):
    """Not exported yet, or one batch: the newest are listed, the others' pages link here."""

    title = "batch"
    parameter_name = BATCH_VAR
    NONE = "none"

    @classmethod
    def chosen(cls, request: HttpRequest) -> int | None:
        """Return the number of the batch whose withdrawals the list shows, else None."""
        return number(request.GET.get(cls.parameter_name, ""))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        numbers = PaymentBatch.objects.values_list("number", flat=True)[:NEWEST_BATCHES]
        if request.method == "POST":  # an action's: the list is filtered, and not shown
            numbers = numbers.none()
        listed = [(str(batch), f"Batch {batch}") for batch in numbers]
        chosen = self.chosen(request)
        if chosen is not None and str(chosen) not in dict(listed):
            listed.append((str(chosen), f"Batch {chosen}"))
        return [(self.NONE, "Not exported"), *listed]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Withdrawal]
    ) -> QuerySet[Withdrawal]:
        chosen = self.value() or ""
        if chosen == self.NONE:
            return queryset.filter(batch=None)
        batch = number(chosen)
        return queryset if batch is None else queryset.filter(batch__number=batch)
