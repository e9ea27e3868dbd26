"""The page that accepts an invitation, open to anybody who has the link."""

from typing import Any

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from leadportal.partners import invitations
from leadportal.partners.forms import AcceptForm
from leadportal.partners.invitations import LinkFailed, LinkFailure
from leadportal.partners.models import Invitation, User


@method_decorator((login_not_required, never_cache), name="dispatch")
class AcceptView(FormView):
    """Show who invites to what, ask for name and password, create the account and sign in."""

    form_class = AcceptForm
    template_name = "partners/invitation_accept.html"
    invitation: Invitation
    person: User | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        too_often: HttpResponse | None = ratelimit.consume_or_429(
            request, action="accept_invitation"
        )
        if too_often:
            return too_often
        try:
            self.invitation, self.person = invitations.read(kwargs["token"])
            if request.user.is_authenticated:
                return self._signed_in_already()
            return super().dispatch(request, *args, **kwargs)
        except LinkFailed as failed:
            return self._failed(failed)

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.person.name if self.person else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"email": self.invitation.email}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        role = self.person.role if self.person else self.invitation.role
        return super().get_context_data(invitation=self.invitation, role=role, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        answers = form.cleaned_data
        person = invitations.accept(
            self.kwargs["token"], answers["name"], answers["password"], timezone.now()
        )
        response: HttpResponse = perform_login(self.request, person)
        words = f"Welcome. You are now in the team of {self.invitation.partner}."
        messages.success(self.request, words)
        return response

    def _signed_in_already(self) -> HttpResponse:
        context = {"invitation": self.invitation}
        return render(self.request, "partners/invitation_signed_in.html", context)

    def _failed(self, failed: LinkFailed) -> HttpResponse:
        accepted_by = failed.invitation.accepted_by_id if failed.invitation else None
        if accepted_by is not None and accepted_by == self.request.user.pk:
            # A second click, or the email opened again: they are already in the team.
            return redirect("after_sign_in")
        status = 404 if failed.failure is LinkFailure.DAMAGED else 410
        context = {"failure": failed.failure.value, "invitation": failed.invitation}
        return render(self.request, "partners/invitation_failed.html", context, status=status)
