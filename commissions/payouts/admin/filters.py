"""Filters of the withdrawals. The list opens on those that wait for their payment."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from commissions.payouts.models import PaymentBatch, Withdrawal, WithdrawalStatus
from leadportal.db.keys import number

NEWEST_BATCHES = 10


class StatusFilter(admin.SimpleListFilter):
    """Opens on Pending; who searches, or opens a batch, looks everywhere unless one is chosen."""

    title = "status"
    parameter_name = "status"
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asks = (SEARCH_VAR, BatchFilter.parameter_name)
        self.looks_everywhere = any(request.GET.get(name, "").strip() for name in asks)
        return [*WithdrawalStatus.choices, (self.ALL, "All")]

    def value(self) -> str:
        chosen = super().value()
        if chosen in WithdrawalStatus.values or chosen == self.ALL:
            return str(chosen)
        return self.ALL if self.looks_everywhere else WithdrawalStatus.PENDING

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": value == self.value(),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Withdrawal]
    ) -> QuerySet[Withdrawal]:
        value = self.value()
        return queryset if value == self.ALL else queryset.filter(status=value)


class BatchFilter(admin.SimpleListFilter):
    """Not exported yet, or one batch: the newest are listed, any other by its own page's link."""

    title = "batch"
    parameter_name = "batch"
    NONE = "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        numbers = PaymentBatch.objects.values_list("number", flat=True)[:NEWEST_BATCHES]
        listed = [(str(batch), f"Batch {batch}") for batch in numbers]
        chosen = number(request.GET.get(self.parameter_name, ""))
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
