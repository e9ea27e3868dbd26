"""What the pages of accounts and of entries in the admin have in common."""

from django.http import HttpRequest

from leadportal.ui.admin_pages import PagesAdmin


class AmendableAdmin(PagesAdmin):
    """The base of admin classes whose rows finance can amend."""

    actions = None

    def has_amend_permission(self, request: HttpRequest) -> bool:
        """Return whether the user posts reversals, corrections and adjustments."""
        return request.user.has_perm("commissions.add_ledgerentry")
