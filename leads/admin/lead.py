"""The lead in the admin: who may do what, the queue, and the addresses of the pages."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from leadportal.partners.models import User
from leads.admin import bulk, change, columns, correction, decide, filters
from leads.admin.counting import BoundedPaginator
from leads.admin.move import MOVES
from leads.models import Lead
from leads.search import search
from leads.status import Status


@admin.register(Lead)
class LeadAdmin(admin.ModelAdmin):
    """Nothing is typed into a lead here. It moves by decisions, its contact by corrections."""

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
        "meets_criteria",
        "commission_type",
        filters.PartnerFilter,
        "source",
    )
    list_select_related = ("partner",)
    list_per_page = 25
    list_max_show_all = 100
    ordering = ("submitted_at", "pk")
    sortable_by = (columns.age,)  # type: ignore[assignment]
    search_fields = ("search_text",)  # only says that there is a search; see get_search_results
    search_help_text = "Company, domain, contact or reference, in every status unless one is chosen"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    actions = (bulk.approve_selected, bulk.reject_selected)

    class Media:
        css = {"all": ("css/admin-triage.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the user moves leads: asked by the actions and the moves' pages."""
        return request.user.has_perm("leads.decide_lead")

    def has_correct_permission(self, request: HttpRequest) -> bool:
        """Return whether the user mends a lead's contact."""
        return request.user.has_perm("leads.correct_lead")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lead], search_term: str
    ) -> tuple[QuerySet[Lead], bool]:
        return search(queryset, search_term[:200]), False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                f"<int:lead_id>/{move.slug}/",
                wrap(partial(decide.decide_lead, self, move=move)),
                name=f"leads_lead_{move.slug}",
            )
            for move in MOVES.values()
        ]
        correcting = wrap(partial(correction.correct_lead, self))
        own.append(path("<int:lead_id>/correct/", correcting, name="leads_lead_correct"))
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Leads", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show everything about one lead, and the moves that it allows."""
        lead = self.get_lead(request, filters.number(unquote(object_id)))
        if lead is None:
            return self.to_missing(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(("GET", "HEAD"))
        context = change.context(
            lead,
            may_decide=self.has_decide_permission(request),
            may_correct=self.has_correct_permission(request),
            may_see_entries=request.user.has_perm("commissions.view_ledgerentry"),
        )
        return self.render(request, "admin/leads/lead/change_form.html", lead.company_name, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the lead itself, which shows its own history."""
        return HttpResponseRedirect(reverse("admin:leads_lead_change", args=[object_id]))

    def actor(self, request: HttpRequest) -> User:
        """Return who asks; behind `admin_view` it is a member of staff."""
        assert isinstance(request.user, User)  # noqa: S101
        return request.user

    def get_lead(self, request: HttpRequest, lead_id: int | None) -> Lead | None:
        """Return the lead with what its pages show. Raises PermissionDenied for non-viewers."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        leads = change.with_everything(self.get_queryset(request))
        return None if lead_id is None else leads.filter(pk=lead_id).first()

    def to_missing(self, request: HttpRequest, lead_id: int | str) -> HttpResponse:
        """Return to the list with a word that there is no such lead."""
        messages.warning(request, f"There is no lead {str(lead_id)[:20]}.")
        return leave(request, reverse("admin:leads_lead_changelist"))

    def to_lead(self, request: HttpRequest, lead: Lead) -> HttpResponse:
        """Return to the lead's page, from which the way back to the filtered list is kept."""
        url = reverse("admin:leads_lead_change", args=[lead.pk])
        return leave(request, self._keeping_filters(request, url))

    def to_queue(self, request: HttpRequest) -> HttpResponse:
        """Return to the list, filtered as it was left."""
        url = reverse("admin:leads_lead_changelist")
        return leave(request, self._keeping_filters(request, url))

    def to_list(self, request: HttpRequest) -> HttpResponse:
        """Return to the list that an action was chosen in."""
        return leave(request, request.get_full_path())

    def render(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """Return one of the lead's own pages in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": title,
            "preserved_filters": self.get_preserved_filters(request),
        }
        return TemplateResponse(request, template, {**frame, **context})

    def next_in_queue(self) -> Lead | None:
        """Return the lead that has waited longest for its first decision."""
        waiting = Lead.objects.filter(status=Status.SUBMITTED)
        return waiting.order_by("submitted_at", "pk").first()

    def _keeping_filters(self, request: HttpRequest, url: str) -> str:
        kept: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return str(add_preserved_filters(kept, url))


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """Lead to another page; a request of htmx, too, leaves as a whole page does."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
