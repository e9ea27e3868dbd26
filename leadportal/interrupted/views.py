"""The responses to an interrupted form: the sign-in, the form again, or why it is gone."""

import contextlib
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.views import csrf

from leadportal.interrupted.models import COOKIE, LIFETIME, InterruptedForm, TooLarge
from leadportal.interrupted.origin import is_by_script, is_same_origin, page_of
from leadportal.interrupted.owner import owner_of
from leadportal.interrupted.refill import Typed, refill, with_notice

NEW_TOKEN: Final = "X-New-CSRF-Token"  # noqa: S105 - a header's name
SIGN_IN_AGAIN: Final = (
    "You have been signed out, so nothing was sent. Sign in again: the form comes back with what "
    "you typed."
)
TOO_LARGE: Final = (
    "You have been signed out, so nothing was sent. What you typed is too long to be kept: go back "
    "and copy it before you sign in."
)
# A page that draws what was typed answers one of these, also where it can no longer be sent.
_DRAWN: Final = frozenset({200, 409, 410, 422})


def keep(request: HttpRequest, owner: int, response: HttpResponse) -> None:
    """Keep what was posted, to come back after `response`. Raises TooLarge."""
    _, browser = InterruptedForm.objects.keep(request, owner)
    response.set_cookie(
        COOKIE,
        browser,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def keep_until_sign_in(request: HttpRequest, owner: int) -> HttpResponse:
    """Keep what was posted and lead to the sign-in, which leads back to the form's page."""
    response = redirect_to_login(page_of(request))
    try:
        keep(request, owner, response)
    except TooLarge:
        messages.error(request, TOO_LARGE)
    else:
        messages.warning(request, SIGN_IN_AGAIN)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Respond to a form whose CSRF token is not the current one.

    If the portal's own page sent it, what was typed is shown again with a new token. A script gets
    the new token at once, if its page was made for the user who is signed in. A sign-in that
    another tab has done meanwhile is not asked for again.
    """
    owner = owner_of(request)
    is_own = is_same_origin(request) and owner is not None
    is_of_user = is_own and owner == request.user.pk
    if is_by_script(request):
        response = render(request, "interrupted/_out_of_date.html", status=403)
        if is_of_user:
            response[NEW_TOKEN] = get_token(request)
        return response
    if request.user.is_authenticated and is_same_origin(request) and _is_sign_in(request):
        return HttpResponseRedirect(page_of(request))  # which leads on whoever is signed in
    if owner is None or not is_own:
        return csrf.csrf_failure(request, reason)
    if not request.user.is_authenticated:
        return keep_until_sign_in(request, owner)
    if not is_of_user:
        return refuse(request, owner)
    response = HttpResponseRedirect(page_of(request))
    try:
        keep(request, owner, response)
    except TooLarge:
        return csrf.csrf_failure(request, reason)
    return response


def _is_sign_in(request: HttpRequest) -> bool:
    return request.path == resolve_url(settings.LOGIN_URL)


def refuse(request: HttpRequest, owner: int) -> HttpResponse:
    """Refuse a form from a page that was made for somebody else; store it for that user."""
    if is_by_script(request):
        return render(request, "interrupted/_other_user.html", status=403)
    response = render(request, "interrupted/other_user.html", status=403)
    if is_same_origin(request):
        with contextlib.suppress(TooLarge):
            keep(request, owner, response)
    return response


def shown_again(
    request: HttpRequest, response: HttpResponse, form: InterruptedForm, *, is_drawn: bool
) -> HttpResponse:
    """Return the page with what was typed; if its form is gone, a page that lists it.

    If `is_drawn`, the view has drawn it, so that nothing is left to fill in.
    """
    html, left_over = None, []
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        pass
    elif is_drawn and response.status_code in _DRAWN:
        html = response.text
    elif not is_drawn and response.status_code == 200:
        filled = refill(response.text, form.page, form.action, form.typed)
        html, left_over = filled or (None, [])
    if html is None:
        return _listed(request, response, form)
    notice = render_to_string("interrupted/_notice.html", {"left_over": _labeled(left_over)})
    response.content = with_notice(html, notice).encode()
    return response


def _listed(request: HttpRequest, response: HttpResponse, form: InterruptedForm) -> HttpResponse:
    """Return a page with what was typed, to be copied, in place of `response`."""
    context = {"typed": _labeled(form.typed), "next": response.headers.get("Location", "")}
    status = response.status_code if response.status_code >= 400 else 409
    return render(request, "interrupted/form_gone.html", context, status=status)


def _labeled(typed: Typed) -> list[tuple[str, str]]:
    """Return what was typed, with names as people read them, without what is empty."""
    return [
        (name.strip("_").replace("_", " ").replace("-", " ").capitalize(), value)
        for name, value in typed
        if value.strip()
    ]
