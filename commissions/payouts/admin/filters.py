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

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """Return the status whose withdrawals the list shows, ALL for those of every status."""
        chosen = request.GET.get(cls.parameter_name, "")
        if chosen in WithdrawalStatus.values or chosen == cls.ALL:
            return chosen
        asks = (SEARCH_VAR, BatchFilter.parameter_name)
        looks_everywhere = any(request.GET.get(name, "").strip() for name in asks)
        return cls.ALL if looks_everywhere else WithdrawalStatus.PENDING

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.status = self.chosen(request)
        return [*WithdrawalStatus.choices, (self.ALL, "All")]

    def value(self) -> str:
        return self.status

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

    @classmethod
    def chosen(cls, request: HttpRequest) -> int | None:
        """Return the number of the batch whose withdrawals the list shows, None without one."""
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
