"""Withdrawals in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commissions.payouts import paypal
from commissions.payouts.admin.actions import ACTIONS, ExportView, open_actions
from commissions.payouts.admin.filters import BatchFilter, StatusFilter
from commissions.payouts.admin.release import ReleaseView
from commissions.payouts.batches import PERMISSION, RELEASE
from commissions.payouts.large_payouts import PAYOUT
from commissions.payouts.models import Withdrawal, WithdrawalStatus
from leadportal.approvals.models import Approval
from leadportal.folding import folded
from leadportal.money import usd
from leadportal.partners.suspension import with_suspension
from leadportal.ui.admin_lists import holding, is_short
from leadportal.ui.bulk import BulkAdmin, ListAction
from leadportal.ui.columns import kind
from leadportal.ui.formats import day, status, suspended

_IS_PENDING = When(status=WithdrawalStatus.PENDING, then=Value(0))


@admin.register(Withdrawal)
class WithdrawalAdmin(BulkAdmin):
    """Nothing is typed into a withdrawal: it is exported, paid or returned."""

    list_display = (
        "name",
        "dollars",
        "pay_to",
        "requested",
        "balance",
        "state",
    )
    list_display_links = ("name",)
    list_filter = (StatusFilter, BatchFilter)
    linked_lookups = ("account__id__exact",)
    list_select_related = ("account__partner", "billing", "batch")
    # Those that wait come first, the oldest of them at the top; of the others the newest.
    ordering = (
        Case(_IS_PENDING, default=Value(1), output_field=IntegerField()).asc(),
        Case(When(status=WithdrawalStatus.PENDING, then=F("requested_at"))).asc(),
        F("requested_at").desc(),
        "-pk",
    )
    sortable_by = ()
    search_fields = ("number", "account__partner__search_text")
    search_help_text = "Number or partner, in any status unless one is chosen"
    actions = tuple(ListAction(act, act.verb, "pay", act.statuses) for act in ACTIONS)
    page_template = "admin/commissions/withdrawal/change_form.html"
    action_pages = (("release", ReleaseView, {}),)

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may export, pay and return; asked by actions and pages."""
        return request.user.has_perm(PERMISSION)

    def listed_status(self, request: HttpRequest) -> str:
        chosen = StatusFilter.chosen(request)
        return "" if chosen == StatusFilter.ALL else chosen

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if request.method != "POST" and BatchFilter.chosen(request) is not None:
            # What is in a batch cannot be exported in another.
            actions.pop(f"{ExportView.slug}_selected", None)
        return actions

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not is_short(request, search_term):
            return queryset.none(), False
        by_number = Q(number__icontains=folded(search_term).strip())
        by_partner = holding(["account__partner__search_text"], search_term)
        return queryset.filter(by_number | by_partner), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Withdrawal]:
        return super().get_queryset(request).with_details_changed().with_largest_paid()  # type: ignore[no-any-return, attr-defined]

    def with_everything(self, rows: QuerySet[Withdrawal]) -> QuerySet[Withdrawal]:
        rows = with_suspension(rows.with_left_out(), "account__partner")  # type: ignore[attr-defined]
        return rows.select_related(
            "account__partner",
            "billing__saved_by",
            "batch__created_by",
            "entry",
            "return_entry",
            "requested_by",
            "paid_by",
            "returned_by",
            "payout_approval__decided_by",
            "payout_approval__requested_by",
        )

    def page_context(self, request: HttpRequest, row: Withdrawal) -> dict[str, Any]:
        may_pay = self.has_pay_permission(request)
        is_pending = row.status == WithdrawalStatus.PENDING
        requests = self._requests(row) if is_pending else {}
        return {
            "withdrawal": row,
            "downloads": row.downloads.select_related("download__batch", "download__by"),
            "releases": row.releases.with_people().select_related("batch"),
            "release_request": requests.get(RELEASE.slug),
            "payout_request": requests.get(PAYOUT.slug),
            "may_release": may_pay and is_pending and row.batch is not None,
            "left_out": row.why_left_out if is_pending and not row.why_held else "",
            "cannot_be_paid": is_pending and not paypal.can_pay(row),
            "entries": [entry for entry in (row.entry, row.return_entry) if entry],
            "title": f"Withdrawal {row.number}",
            "actions": open_actions(row, is_requested=PAYOUT.slug in requests) if may_pay else [],
        }

    def _requests(self, row: Withdrawal) -> dict[str, Approval]:
        """Return by kind what awaits approval about the withdrawal."""
        waiting = Approval.objects.awaiting().filter(subject=row.number)
        return {request.kind: request for request in waiting.select_related("requested_by")}

    @admin.display(description="Withdrawal")
    def name(self, withdrawal: Withdrawal) -> SafeString:
        return format_html(
            '<strong class="number">{}</strong> <span class="quiet second-line">{}</span> {}',
            withdrawal.number,
            withdrawal.account.partner,
            suspended(withdrawal.account.partner),
        )

    @kind("money")
    @admin.display(description="Amount")
    def dollars(self, withdrawal: Withdrawal) -> str:
        return usd(withdrawal.amount)

    @kind("wide")
    @admin.display(description="Pay to")
    def pay_to(self, withdrawal: Withdrawal) -> SafeString:
        context = {"billing": withdrawal.billing, "warning": withdrawal.warning}
        return SafeString(render_to_string("admin/commissions/_pay_to.html", context))

    @kind("nowrap")
    @admin.display(description="Requested")
    def requested(self, withdrawal: Withdrawal) -> SafeString:
        return day(withdrawal.requested_at)

    @kind("money")
    @admin.display(description="Balance")
    def balance(self, withdrawal: Withdrawal) -> str:
        return usd(withdrawal.account.balance)

    @admin.display(description="Status")
    def state(self, withdrawal: Withdrawal) -> SafeString:
        batch = f"in batch {withdrawal.batch.number}" if withdrawal.batch else ""
        return format_html(
            '{} <span class="quiet second-line">{}</span>',
            status(withdrawal.tone, withdrawal.get_status_display()),
            batch,
        )
