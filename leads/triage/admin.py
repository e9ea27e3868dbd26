"""The lead in the admin: who may do what, the queue, and the addresses of the pages."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from leadportal.db.keys import number
from leadportal.ui.admin_lists import is_short
from leadportal.ui.bulk import BulkAdmin, ListAction
from leads.models import Lead
from leads.models.lead import LeadQuerySet, load_credits
from leads.search import search
from leads.status import DECISIONS, Status
from leads.triage import change, columns, filters
from leads.triage.bulk import DecideManyView, statuses_before
from leads.triage.correction import CorrectView
from leads.triage.counting import BoundedPaginator, found
from leads.triage.decide import DecideView
from leads.triage.next_lead import next_in_queue
from leads.triage.queue import Queue
from leads.triage.undoing import PERMISSION, UndoView


@admin.register(Lead)
class LeadAdmin(BulkAdmin):
    """A lead is not edited here: decisions change its status, corrections its contact."""

    list_display = (
        columns.company,
        columns.partner,
        columns.employees,
        columns.agents,
        columns.annual_value,
        columns.criteria,
        columns.age,
        columns.status,
    )
    list_display_links = (columns.company,)
    list_filter = (
        filters.StatusFilter,
        filters.OverdueFilter,
        filters.PendingWinFilter,
        "meets_criteria",
        "commission_type",
        filters.PartnerFilter,
        "source",
        filters.PlaceFilter,
    )
    list_select_related = ("partner",)
    ordering = ("submitted_at", "pk")
    sortable_by = (columns.age,)  # type: ignore[assignment]
    search_fields = ("search_text",)  # only says that there is a search; see get_search_results
    search_help_text = (
        "Company, domain, contact, phone or reference, in any status unless one is chosen"
    )
    paginator = BoundedPaginator
    page_template = "admin/leads/lead/change_form.html"
    actions = tuple(
        ListAction(
            DecideManyView,
            f"{to.definition.verb} selected leads",
            permission="decide",
            statuses=statuses_before(to),
            to=to,
        )
        for to in (Status.APPROVED, Status.REJECTED)
    )
    action_pages = (
        *((to.definition.slug, DecideView, {"to": to}) for to in DECISIONS),
        ("correct", CorrectView, {}),
        ("undo", UndoView, {}),
    )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may decide leads; Django asks this for the list's actions."""
        return request.user.has_perm("leads.decide_lead")

    def has_correct_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may correct a lead's contact."""
        return request.user.has_perm("leads.correct_lead")

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may take back the status of a won lead."""
        return request.user.has_perm(PERMISSION)

    def listed_status(self, request: HttpRequest) -> str:
        chosen = filters.StatusFilter.chosen(request)
        return "" if chosen == filters.StatusFilter.ALL else chosen

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the queue, each lead with what it is credited with."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            load_credits(shown["cl"].result_list)
        return response

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        return super().get_queryset(request).with_pending_win()  # type: ignore[no-any-return, attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        assert isinstance(queryset, LeadQuerySet)  # noqa: S101 - the changelist gives no other
        if not is_short(request, search_term):
            return queryset.none(), False
        if not search_term.strip():
            return queryset, False
        # An action is for all that was found, not for what the list shows of it.
        look = search if request.method == "POST" else found
        partner_id = number(request.GET.get(filters.PartnerFilter.ID, ""))
        return look(queryset, search_term, partner_id), False

    def get_urls(self) -> list[URLPattern]:
        by_reference = path(
            "by-reference/<str:reference>/",
            self.admin_site.admin_view(self.by_reference),
            name="leads_lead_by_reference",
        )
        return [by_reference, *super().get_urls()]

    def by_reference(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Redirect to a lead's page by the reference, as emails and people name it."""
        lead = self.viewable(request).filter(reference=reference.upper()).first()
        return self.to_row(request, lead) if lead else self.to_missing(request, reference)

    def with_everything(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return change.with_everything(rows)

    def page_context(self, request: HttpRequest, row: Lead) -> dict[str, Any]:
        shown = change.context(
            row,
            may_decide=self.has_decide_permission(request),
            may_correct=self.has_correct_permission(request),
            may_undo=self.has_undo_permission(request),
            may_reverse=request.user.has_perm("commissions.add_ledgerentry"),
            may_see_entries=request.user.has_perm("commissions.view_ledgerentry"),
        )
        next_lead = next_in_queue(self, request, row)
        return {"title": row.company_name, "next_lead": next_lead, **shown}
