"""Ledger entries in the admin: read-only; what finance can do with one is a button on its page."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commissions.ledger import subjects
from commissions.ledger.admin.amend import CorrectView, ReverseView
from commissions.ledger.admin.pages import AmendableAdmin
from commissions.ledger.amendments import CORRECTION
from commissions.ledger.chain import COMPUTED
from commissions.ledger.credits import current_credits
from commissions.ledger.models import LedgerEntry
from leadportal.approvals.decisions import pending
from leadportal.folding import folded
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.ui.columns import kind
from leadportal.ui.formats import day, suspended

LATEST = 10
Kind = LedgerEntry.Kind


@admin.register(LedgerEntry)
class LedgerEntryAdmin(AmendableAdmin):
    """Ledger entries, found by reference."""

    list_display = ("number", "partner", "kind", "dollars", "reference", "posted")
    list_filter = ("kind",)
    linked_lookups = ("account__id__exact",)
    list_select_related = ("account__partner",)
    # The newest first, of all accounts; the numbers are each account's own.
    ordering = ("-pk",)
    search_fields = ("reference",)
    search_help_text = "Full reference, such as LD-7KQ2M9XA"
    page_template = "admin/commissions/ledgerentry/change_form.html"
    action_pages = (("reverse", ReverseView, {}), ("correct", CorrectView, {}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find entries by their full reference, in any notation. Uses the index."""
        wanted = folded(search_term).strip().upper()
        return (queryset.filter(reference=wanted) if wanted else queryset), False

    def with_everything(self, rows: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        return rows.select_related(
            "account__partner", "posted_by", "refers_to__account", "approval__decided_by"
        )

    def page_context(self, request: HttpRequest, row: LedgerEntry) -> dict[str, Any]:
        followed = list(row.referred_by.select_related("posted_by").order_by("number"))
        kinds = {entry.kind for entry in followed}
        may_amend = self.has_amend_permission(request) and row.kind in COMPUTED
        may_correct = (
            may_amend and Kind.CORRECTION not in kinds and not subjects.why_not_credited(row)
        )
        return {
            "title": f"Entry {row.number} of {row.account.partner}",
            "entry": row,
            "may_see_approval": row.approval is not None
            and row.approval.can_be_seen_by(staff_user(request)),
            "explained": row.explained,
            "available_from": None if Kind.REVERSAL in kinds else row.available_from(),
            "followed": followed,
            "credit": current_credits([row.reference]).get(row.reference)
            if row.is_of_lead
            else None,
            "withdrawal": self._withdrawal(row),
            "may_reverse": may_amend and Kind.REVERSAL not in kinds,
            "may_correct": may_correct,
            "requested_correction": pending(CORRECTION, row.reference) if may_correct else None,
            "partners_email": settings.PARTNERS_EMAIL,
        }

    @admin.display(description="partner")
    def partner(self, entry: LedgerEntry) -> SafeString:
        partner = entry.account.partner
        return format_html("{} {}", partner, suspended(partner))

    @kind("money")
    @admin.display(description="amount", ordering="amount")
    def dollars(self, entry: LedgerEntry) -> str:
        return usd(entry.amount)

    @kind("nowrap")
    @admin.display(description="posted", ordering="posted_at")
    def posted(self, entry: LedgerEntry) -> str:
        return day(entry.posted_at)

    def _withdrawal(self, entry: LedgerEntry) -> Any:
        if entry.kind == Kind.WITHDRAWAL:
            return getattr(entry, "withdrawal", None)
        if entry.kind == Kind.RETURN:
            return getattr(entry, "returned_withdrawal", None)
        return None
