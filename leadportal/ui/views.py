"""Views of no app: the redirect after sign-in, and the choice of colors."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from leadportal.ui.context import THEMES

A_YEAR = 365 * 24 * 60 * 60  # seconds
LONGEST_PATH = 500  # and no redirect is longer than Django allows, however it is quoted


def after_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect staff to the admin and a partner's users to their leads."""
    return redirect("admin:index" if request.user.is_staff else "leads:list")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponseRedirect:
    """Store the posted `theme` (light, dark, or the device's setting) and redirect to `next`."""
    response = HttpResponseRedirect(_safe_path(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            "theme",
            chosen,
            max_age=A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


def _safe_path(request: HttpRequest) -> str:
    path = request.POST.get("next", "")
    allowed = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if allowed and len(path) <= LONGEST_PATH else reverse("home")
