"""Accounts in the admin: balances, latest entries and withdrawals, and where the money is sent."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from commissions.ledger.admin.amend import AdjustPartnerView, AdjustView
from commissions.ledger.admin.pages import AmendableAdmin
from commissions.ledger.balances import balances
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import BillingDetails
from leadportal.folding import parts
from leadportal.money import usd
from leadportal.partners.access import owners_of
from leadportal.partners.models import Partner
from leadportal.partners.suspension import with_suspension
from leadportal.ui.admin_lists import WordSearchAdmin
from leadportal.ui.columns import kind
from leadportal.ui.formats import suspended

LATEST = 10


@admin.register(Account)
class AccountAdmin(WordSearchAdmin, AmendableAdmin):
    """Accounts, read-only; adjustments have a page of their own."""

    list_display = ("partner", "access", "dollars", "entry_count")
    list_select_related = ("partner",)
    search_fields = ("partner__search_text",)
    search_help_text = "Partner's name or domain"
    page_template = "admin/commissions/account/change_form.html"
    action_pages = (("adjust", AdjustView, {}),)

    def get_urls(self) -> list[URLPattern]:
        adjust = AdjustPartnerView.as_view(model_admin=self)
        name = "commissions_account_adjust_partner"
        own = path("of-partner/<int:pk>/adjust/", self.admin_site.admin_view(adjust), name=name)
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the accounts; a search also finds partners without entries, who can be adjusted."""
        words = parts(request.GET.get("q", "").replace("\x00", ""))
        found: Any = []
        if words and self.has_amend_permission(request):
            partners = Partner.objects.filter(account=None)
            for word in words:
                partners = partners.filter(search_text__contains=word)
            found = partners.order_by("name", "pk")[:LATEST]
        context = {"without_account": found, **(extra_context or {})}
        return super().changelist_view(request, context)

    def with_everything(self, rows: QuerySet[Account]) -> QuerySet[Account]:
        return with_suspension(rows.select_related("partner"), "partner")

    def page_context(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        return {
            "account": row,
            "balances": balances(row, timezone.now()),
            "entries": _latest_entries(row),
            "withdrawals": row.withdrawals.order_by("-requested_at", "-pk")[:LATEST],
            "billing": BillingDetails.objects.current(row.partner),
            "owners": owners_of(row.partner),
            "may_amend": self.has_amend_permission(request),
        }

    @admin.display(description="access")
    def access(self, account: Account) -> str:
        """Return the badge of a suspended partner, or the word for an active one."""
        return suspended(account.partner) or account.partner.get_status_display()

    @kind("money")
    @admin.display(description="balance", ordering="balance")
    def dollars(self, account: Account) -> str:
        return usd(account.balance)


def _latest_entries(account: Account) -> list[LedgerEntry]:
    """Return the account's latest entries, the newest first, each with its reversal, if any."""
    entries = list(account.entries.order_by("-number")[:LATEST])
    for entry in entries:
        # A reversal is newer than what it reverses, so it is among them.
        entry.reversals = [  # type: ignore[attr-defined]
            other
            for other in entries
            if other.refers_to_id == entry.pk and other.kind == LedgerEntry.Kind.REVERSAL
        ]
    return entries
