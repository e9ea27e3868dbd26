"""Eligibility for the sign-in without losing what was typed."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from leadportal.interrupted.models import COOKIE, InterruptedForm
from leadportal.interrupted.origin import is_by_script, is_same_origin
from leadportal.interrupted.owner import owner_of
from leadportal.interrupted.views import keep_until_sign_in, refuse, shown_again


@dataclass(frozen=True, slots=True)
class ComingBack:
    """The form that comes back on the requested page; whether its view was asked to draw it."""

    form: InterruptedForm
    is_drawn: bool


class SignInMiddleware(LoginRequiredMiddleware):
    """Ask signed-out users to sign in, keep the form they sent, and bring it back.

    A view that can draw a form as typed, writing nothing, names in `draws_typed` what to post for
    that, as a name and a value; the name is that of its buttons.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Ask for the sign-in where the view needs it; else look for a form that comes back."""
        asked = super().process_view(request, view_func, view_args, view_kwargs)
        if asked is not None or not request.user.is_authenticated:
            return asked
        request.signed_in_as = request.user.pk  # type: ignore[attr-defined]
        if request.method == "POST":
            owner = owner_of(request)
            return None if owner in (None, request.user.pk) else refuse(request, owner)
        # The original method: views see HEAD as GET, but nobody sees the response.
        is_seen = request.META["REQUEST_METHOD"] == "GET" and not is_by_script(request)
        if is_seen and COOKIE in request.COOKIES:
            self._find(request, view_func)
        return None

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        """Answer a script by 401; keep what a form has posted, and lead to the sign-in."""
        if is_by_script(request):
            return render(request, "interrupted/_signed_out.html", status=401)
        owner = owner_of(request) if request.method == "POST" else None
        if owner is None or not is_same_origin(request):
            return super().handle_no_permission(request, view_func)
        return keep_until_sign_in(request, owner)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Show the form that comes back; delete the forms of a user who signs out."""
        signed_in_as = getattr(request, "signed_in_as", None)
        if signed_in_as is not None and not request.user.is_authenticated:
            InterruptedForm.objects.filter(user=signed_in_as).delete()
        back: ComingBack | None = getattr(request, "coming_back", None)
        if back is None or response.status_code >= 500 or response.streaming:
            return response
        shown = shown_again(request, response, back.form, is_drawn=back.is_drawn)
        back.form.delete()
        if not InterruptedForm.objects.of_browser(request.COOKIES[COOKIE]).exists():
            shown.delete_cookie(COOKIE, samesite="Lax")
        return shown

    def _find(self, request: HttpRequest, view_func: Any) -> None:
        """Take up the form that comes back on this page; let its view draw it, where that can."""
        waiting = InterruptedForm.objects.waiting(
            request.user, request.COOKIES[COOKIE], timezone.now()
        )
        form = waiting.filter(page=request.get_full_path()).first()
        if form is None:
            return
        view = getattr(view_func, "view_class", view_func)
        drawing: tuple[str, str] | None = getattr(view, "draws_typed", None)
        is_drawn = drawing is not None and form.action.partition("?")[0] == request.path
        request.coming_back = ComingBack(form, is_drawn)  # type: ignore[attr-defined]
        if drawing is not None and is_drawn:
            posted = form.as_posted()
            posted[drawing[0]] = drawing[1]
            request.method, request.is_redrawn = "POST", True  # type: ignore[attr-defined]
            request._post, request._files = posted, MultiValueDict()  # type: ignore[attr-defined]
