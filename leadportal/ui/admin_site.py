"""The vendor's staff's side: Django's admin behind the portal's own sign-in."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse


class PortalAdminSite(AdminSite):
    """The admin. Strangers sign in where everybody does, with its rate limits; partners see 404."""

    site_title = "Lead portal admin"
    site_header = "Lead portal"
    index_title = "Admin"

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether an active member of staff asks. Raises Http404 for a partner's people."""
        if request.user.is_authenticated and not request.user.is_staff:
            raise Http404
        return super().has_permission(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send whoever is signed out to the portal's sign-in, staff on to the admin."""
        self.has_permission(request)
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response
