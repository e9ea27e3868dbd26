"""Approvals in the admin: the list, and one request with its decision."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadportal.approvals import decisions, kinds
from leadportal.approvals.decisions import AlreadyDecided, ApprovalError
from leadportal.approvals.forms import DecisionForm
from leadportal.approvals.models import Approval, ApprovalQuerySet, State
from leadportal.db.keys import number
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.ui.action_view import ActionView
from leadportal.ui.admin_pages import PagesAdmin
from leadportal.ui.columns import kind
from leadportal.ui.filters import ListedFilter
from leadportal.ui.formats import day, status

_IS_PENDING = When(state=State.PENDING, then=Value(0))


class StateFilter(ListedFilter):
    """Opens on the requests that the user may decide."""

    title = "state"
    parameter_name = "show"
    FOR_ME, MINE, ALL, DECIDED = "for-me", "mine", "all", "decided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (self.FOR_ME, "Awaiting my decision"),
            (self.MINE, "Requested by me"),
            (self.ALL, "All awaiting approval"),
            (self.DECIDED, "Decided"),
        ]

    def value(self) -> str:
        chosen = super().value()
        known = (self.FOR_ME, self.MINE, self.ALL, self.DECIDED)
        return chosen if chosen in known else self.FOR_ME

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        assert isinstance(queryset, ApprovalQuerySet)  # noqa: S101
        value = self.value()
        if value == self.FOR_ME:
            return queryset.for_decision_by(request.user)  # type: ignore[arg-type]
        if value == self.MINE:
            return queryset.awaiting().filter(requested_by=request.user.pk)
        return queryset.awaiting() if value == self.ALL else queryset.exclude(state=State.PENDING)


class KindFilter(admin.SimpleListFilter):
    """One kind of request."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, kind.label) for kind in kinds.registered()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        chosen = self.value()
        return queryset.filter(kind=chosen) if kinds.find(chosen or "") else queryset


@admin.register(Approval)
class ApprovalAdmin(PagesAdmin):
    """Nothing is typed into a request: it is approved, declined or canceled on its page."""

    list_display = ("what", "about", "dollars", "requested", "stands")
    list_display_links = ("what",)
    list_filter = (StateFilter, KindFilter)
    list_select_related = ("requested_by", "decided_by")
    # What waits comes first, the oldest at the top; of the others the newest.
    ordering = (
        Case(_IS_PENDING, default=Value(1), output_field=IntegerField()).asc(),
        Case(When(state=State.PENDING, then=F("requested_at"))).asc(),
        F("decided_at").desc(),
        "-pk",
    )
    sortable_by = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return Approval.objects.visible_to(request.user).order_by(*self.ordering)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, titled with what it shows."""
        decided = request.GET.get(StateFilter.parameter_name) == StateFilter.DECIDED
        title = "Decided requests" if decided else "Awaiting approval"
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def with_everything(self, rows: QuerySet[Approval]) -> QuerySet[Approval]:
        return rows.select_related("requested_by", "decided_by")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one request, and take its decision."""
        page = DecisionView.as_view(model_admin=self)
        pk = number(object_id)
        if pk is None:
            return self.to_missing(request, object_id)
        return page(request, pk=pk)  # type: ignore[return-value]

    @admin.display(description="What")
    def what(self, approval: Approval) -> str:
        return approval.kind_label

    @kind("wide")
    @admin.display(description="About")
    def about(self, approval: Approval) -> SafeString | str:
        if not approval.link:
            return approval.label
        return format_html('<a href="{}">{}</a>', approval.link, approval.label)

    @kind("money")
    @admin.display(description="Amount")
    def dollars(self, approval: Approval) -> str:
        return "–" if approval.amount is None else usd(approval.amount)

    @kind("nowrap")
    @admin.display(description="Requested")
    def requested(self, approval: Approval) -> SafeString:
        return format_html(
            '{} <span class="second-line">by {}</span>',
            day(approval.requested_at),
            approval.requested_by,
        )

    @admin.display(description="Status")
    def stands(self, approval: Approval) -> SafeString:
        badge = status(approval.tone, approval.get_state_display())
        by = approval.decided_by
        return format_html('{} <span class="second-line">by {}</span>', badge, by) if by else badge


class DecisionView(ActionView):
    """The facts of one request, and the buttons that approve, decline or cancel it."""

    template_name = "admin/approvals/approval/change_form.html"
    object_name = "request"
    refusals = (ApprovalError,)
    repeats = (AlreadyDecided,)
    DECISIONS: ClassVar = {
        "approve": decisions.approve,
        "decline": decisions.decline,
        "cancel": decisions.cancel,
    }

    object: Approval

    def prepare(self) -> None:
        """Prepare the form. Raises PermissionDenied for a POST that is not a decision."""
        if self.request.method == "POST" and not self.is_submitted():
            raise PermissionDenied
        self.user = staff_user(self.request)
        is_own = self.object.requested_by_id == self.user.pk
        is_declined = self.request.POST.get("do") == "decline"
        self.form = DecisionForm(self.request.POST or None, is_own=is_own, is_declined=is_declined)

    def is_submitted(self) -> bool:
        return self.request.POST.get("do", "") in self.DECISIONS

    def perform(self) -> str:
        decide = self.DECISIONS[self.request.POST["do"]]
        decided = decide(self.object, self.user, self.form.cleaned_data["message"])
        return f"{decided}: {decided.get_state_display().lower()}."

    def get_title(self) -> str:
        return str(self.object)

    def get_context(self) -> dict[str, Any]:
        kind = kinds.find(self.object.kind)
        return {
            "approval": self.object,
            "details_template": kind.template_name if kind else "",
            "details": kind.details(self.object) if kind and kind.template_name else {},
            "may_decide": self.object.can_be_decided_by(self.user),
            "may_cancel": self.object.can_be_canceled_by(self.user),
        }
