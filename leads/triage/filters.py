"""The queue's filters. None of them lists partners or people: there are thousands of them."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from leadportal.approvals.models import Approval
from leadportal.db.keys import number
from leadportal.folding import parts
from leadportal.partners.models import Partner
from leadportal.ui.admin_lists import is_short
from leadportal.ui.filters import OpeningStatusFilter
from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.pending_wins import SLUG
from leads.status import Status


class StatusFilter(OpeningStatusFilter):
    """The queue opens on Submitted; a search looks in every status unless one is chosen."""

    statuses = Status
    opens_on = Status.SUBMITTED
    looks_everywhere = (SEARCH_VAR, "win")


class OverdueFilter(admin.SimpleListFilter):
    """Leads that still await their first decision after the promised day, or on it."""

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


class PendingWinFilter(admin.SimpleListFilter):
    """Leads whose win awaits the approval of a second person."""

    title = "win"
    parameter_name = "win"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("pending", "Awaits approval")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() != "pending":
            return queryset
        waiting = Approval.objects.awaiting().filter(kind=SLUG)
        return queryset.filter(reference__in=waiting.values("subject"))


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
        self.name = str(self.used_parameters.get(self.NAME, "")).replace("\x00", "").strip()
        self.is_short = is_short(request, self.name)
        self.partner_id = number(str(self.used_parameters.get(self.ID, "")))

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.NAME, self.ID]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.partner_id is not None:
            queryset = queryset & Lead.objects.of_partner(self.partner_id)
        if not self.is_short:
            return queryset.none()
        if self.name:
            # Found first: joined by name, the planner cannot estimate how many leads there are.
            named = Partner.objects.order_by("pk")
            for part in parts(self.name):
                named = named.filter(search_text__contains=part)
            queryset = queryset.filter(partner__in=list(named.values_list("pk", flat=True)))
        return queryset

    def _partner(self, changelist: ChangeList) -> Partner | None:
        """Return the partner of the link; any of the listed leads has it."""
        if self.partner_id is None:
            return None
        listed = next((lead.partner for lead in changelist.result_list), None)
        return listed or Partner.objects.filter(pk=self.partner_id).first()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield what the filter's form needs: its own value and the other filters' parameters."""
        own = [self.NAME, self.ID]
        yield {
            "parameter": self.NAME,
            "name": self.name,
            "partner": self._partner(changelist),
            "others": {k: v for k, v in changelist.params.items() if k not in own},
            "without": changelist.get_query_string(remove=own),
        }


class PlaceFilter(admin.ListFilter):
    """The leads after one of them, in the list's own order: how a long list is continued."""

    title = "place in the list"
    template = "admin/leads/place_filter.html"
    AFTER = "after"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        given = params.pop(self.AFTER, [""])[-1]
        self.place = BY_AGE.parse(given)
        if self.place:
            self.used_parameters[self.AFTER] = given
        self.is_newest_first = request.GET.get(ORDER_VAR, "").startswith("-")

    def has_output(self) -> bool:
        return self.place is not None

    def expected_parameters(self) -> list[str | None]:
        return [self.AFTER]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.place is None:
            return queryset
        beyond = BY_AGE.older if self.is_newest_first else BY_AGE.newer
        return beyond(queryset, self.place)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield where the list begins, and the link back to its beginning."""
        yield {
            "submitted_at": self.place and self.place[0],
            "is_newest_first": self.is_newest_first,
            "without": changelist.get_query_string(remove=[self.AFTER]),
        }
