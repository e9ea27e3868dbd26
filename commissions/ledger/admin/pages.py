"""What finance's pages in the admin have in common."""

from django.http import HttpRequest

from leadportal.ui.admin_pages import PagesAdmin


class FinanceAdmin(PagesAdmin):
    """The base of admin classes for finance: read-only rows with action pages."""

    class Media:
        css = {"all": ("css/admin-triage.css", "css/admin-finance.css")}


class AmendableAdmin(FinanceAdmin):
    """The base of admin classes whose rows finance can amend."""

    actions = None

    def has_amend_permission(self, request: HttpRequest) -> bool:
        """Return whether the user posts reversals, corrections and adjustments."""
        return request.user.has_perm("commissions.add_ledgerentry")
