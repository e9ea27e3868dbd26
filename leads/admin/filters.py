"""The queue's filters. None of them lists partners or people, of whom there are thousands."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from leadportal.admin_pages import number
from leadportal.partners.models import Partner
from leads.models import Lead
from leads.status import Status


class StatusFilter(admin.SimpleListFilter):
    """The queue opens on Submitted; who searches looks everywhere unless a status is chosen."""

    title = "status"
    parameter_name = "status"
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.is_search = bool(request.GET.get(SEARCH_VAR, "").strip())
        return [*Status.choices, (self.ALL, "All")]

    def value(self) -> str:
        chosen = super().value()
        if chosen in Status.values or chosen == self.ALL:
            return str(chosen)
        return self.ALL if self.is_search else Status.SUBMITTED

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": value == self.value(),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        value = self.value()
        return queryset if value == self.ALL else queryset.filter(status=value)


class OverdueFilter(admin.SimpleListFilter):
    """Leads that still wait for their first decision after the promised day, or on it."""

    title = "decision due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("today", "Today")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        waiting, today = queryset.filter(status=Status.SUBMITTED), timezone.localdate()
        if self.value() == "overdue":
            return waiting.filter(decision_due__lt=today)
        if self.value() == "today":
            return waiting.filter(decision_due=today)
        return queryset


class PartnerFilter(admin.ListFilter):
    """A part of the partner's name, typed; or one partner, by a link from one of its leads."""

    title = "partner"
    template = "admin/leads/partner_filter.html"
    NAME, ID = "partner_name", "partner_id"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for parameter in (self.NAME, self.ID):
            if parameter in params:
                self.used_parameters[parameter] = params.pop(parameter)[-1]
        self.name = str(self.used_parameters.get(self.NAME, "")).replace("\x00", "").strip()[:200]
        partner_id = number(str(self.used_parameters.get(self.ID, "")))
        self.partner = Partner.objects.filter(pk=partner_id).first() if partner_id else None

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.NAME, self.ID]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.partner:
            queryset = queryset.filter(partner=self.partner)
        if self.name:
            queryset = queryset.filter(partner__name__icontains=self.name)
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield what the filter's form needs: its own value and the other filters' parameters."""
        own = [self.NAME, self.ID]
        yield {
            "parameter": self.NAME,
            "name": self.name,
            "partner": self.partner,
            "others": {k: v for k, v in changelist.params.items() if k not in own},
            "without": changelist.get_query_string(remove=own),
        }
