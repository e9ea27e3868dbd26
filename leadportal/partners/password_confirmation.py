"""Eligibility for the password again before an action that moves money or gives access.

A view calls `require(request)` once it has found the input valid. If the password was not confirmed
in the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds, that raises a response with the page that asks
for it. The page carries everything that was posted in hidden fields and posts it, together with the
password, to the same address; so the view continues as if nothing had happened in between. Nothing
is stored in the session, several tabs do not disturb each other, and it works without JavaScript.

The middleware checks the password before the view runs, outside the view's transactions: their
rollback would also undo the count of wrong passwords.
"""

from typing import Any, Final

from allauth.account import app_settings
from allauth.account.internal.flows import reauthentication
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

from leadportal.interrupted.owner import FIELD as FORM_OWNER
from leadportal.partners.forms import ConfirmPasswordForm

PASSWORD: Final = ConfirmPasswordForm.PASSWORD
# Posted where the page was opened and nothing typed yet: after confirming, it is opened again.
OPEN_AGAIN: Final = "confirm_password_and_open"


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the signed-in person has recently confirmed the password in this session."""
    user = request.user
    # allauth treats users without a password as confirmed.
    if not user.is_authenticated or not user.has_usable_password():
        return False
    return bool(reauthentication.did_recently_reauthenticate(request))


def require(request: HttpRequest) -> None:
    """Continue if the password was confirmed recently.

    Otherwise raises ImmediateHttpResponse with the page that asks for it. That page carries neither
    typed passwords nor files.
    """
    if not is_confirmed(request):
        raise ImmediateHttpResponse(_ask(request, ConfirmPasswordForm(user=request.user)))


class Middleware(MiddlewareMixin):
    """Check the password that the page has asked for, then pass the other input to the view."""

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Return the page again if the password is wrong, and nothing if it is right."""
        if request.method != "POST" or PASSWORD not in request.POST:
            return None
        if not request.user.is_authenticated:
            return None
        too_often: HttpResponse | None = ratelimit.consume_or_429(
            request, action="reauthenticate", user=request.user
        )
        if too_often:
            return too_often
        form = ConfirmPasswordForm(request.POST, user=request.user)
        if not form.is_valid():
            return _ask(request, form)
        reauthentication.reauthenticate_by_password(request)
        return redirect(request.get_full_path()) if OPEN_AGAIN in request.POST else None


def _ask(request: HttpRequest, form: ConfirmPasswordForm) -> HttpResponse:
    context = {
        "form": form,
        "carried": _carried(request),
        "open_again": None if request.method == "POST" and OPEN_AGAIN not in request.POST else "1",
        "minutes": app_settings.REAUTHENTICATION_TIMEOUT // 60,
    }
    response = render(
        request, "account/confirm_password.html", context, status=422 if form.errors else 200
    )
    add_never_cache_headers(response)
    return response


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Return every name and value that was posted, except the token and passwords."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", FORM_OWNER, OPEN_AGAIN) and "password" not in name
        for value in values
    ]
