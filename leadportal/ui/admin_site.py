"""Django's admin behind the portal's own sign-in."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from leadportal.ui.admin_forms import NamesMissing, RowsAsTyped
from leadportal.ui.admin_lists import OfferedOnly


class PortalAdminSite(AdminSite):
    """The admin. It uses the portal's sign-in with its rate limits; partners see 404."""

    site_title = "Lead portal admin"
    site_header = "Lead portal"
    index_title = "Admin"

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Register the models' pages, Django's and other packages' too, with what all share."""
        own = admin_class or ModelAdmin
        if not issubclass(own, OfferedOnly):
            shared = (NamesMissing, OfferedOnly, own)
            bases = (RowsAsTyped, *shared) if own.inlines else shared
            own = type(own.__name__, bases, {"__module__": own.__module__})
        super().register(model_or_iterable, own, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether an active member of staff asks. Raises Http404 for a partner's people."""
        if request.user.is_authenticated and not request.user.is_staff:
            raise Http404
        return super().has_permission(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect signed-out visitors to the portal's sign-in, staff to the admin.

        Django's own form would take passwords without any limit.
        """
        if self.has_permission(request):
            return redirect("admin:index")
        going_on = request.GET.get(REDIRECT_FIELD_NAME, request.get_full_path())
        return redirect_to_login(going_on)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect staff to the portal's page for changing the password, with its limits."""
        return redirect("account_change_password")
