"""The team page: everybody of the organization reads it, its owners invite and deactivate."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import FormView

from leadportal.partners import access, invitations
from leadportal.partners.forms import InviteForm
from leadportal.partners.models import Invitation, User
from leadportal.partners.team import TeamRefused, deactivate, teammates


@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Show the organization's people and its open invitations."""
    user = access.partner_user(request)
    open_invitations = Invitation.objects.visible_to(user).open().select_related("invited_by")
    context = {
        "people": teammates(user),
        "invitations": open_invitations.order_by("invited_at", "pk"),
        "now": timezone.now(),
    }
    return render(request, "partners/team.html", context)


class InviteView(FormView):
    """Ask an owner whom to invite, and send the invitation."""

    form_class = InviteForm
    template_name = "partners/invitation_new.html"
    success_url = reverse_lazy("team")
    owner: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.owner = access.owner(request)
        too_often = _too_often(request) if request.method == "POST" else None
        return too_often or super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"partner": self.owner.partner}

    def form_valid(self, form: Any) -> HttpResponse:
        answers = form.cleaned_data
        try:
            invitation = invitations.invite(
                self.owner, form.partner, answers["email"], answers["role"], timezone.now()
            )
        except invitations.InvitationRefused as refusal:
            form.add_error("email", str(refusal))
            return self.form_invalid(form)
        messages.success(
            self.request, f"The invitation has been sent to {invitation.readable_email}."
        )
        return super().form_valid(form)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Email an open invitation again, with a new link."""
    owner = access.owner(request)
    invitation = get_object_or_404(Invitation.objects.visible_to(owner), pk=pk)
    too_often = _too_often(request)
    if too_often:
        return too_often
    try:
        invitations.send_again(invitation, owner, timezone.now())
    except invitations.InvitationRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"A new link has been sent to {invitation.readable_email}.")
    return redirect("team")


def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then revoke an open invitation."""
    owner = access.owner(request)
    invitation = get_object_or_404(Invitation.objects.visible_to(owner), pk=pk)
    if request.method != "POST" and invitation.accepted_at is None:
        return render(request, "partners/invitation_revoke.html", {"invitation": invitation})
    if request.method == "POST" and invitations.revoke(Invitation.objects.filter(pk=pk)):
        messages.success(request, f"The invitation of {invitation.readable_email} is revoked.")
    else:
        messages.error(request, invitations.no_longer_open(invitation))
    return redirect("team")


def deactivate_teammate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then deactivate a teammate."""
    owner = access.owner(request)
    person = get_object_or_404(teammates(owner).filter(is_active=True).exclude(pk=owner.pk), pk=pk)
    if request.method == "POST":
        try:
            deactivate(person, owner)
        except TeamRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{person} can no longer sign in.")
        return redirect("team")
    sent = Invitation.objects.open().filter(invited_by=person).count()
    return render(
        request, "partners/teammate_deactivate.html", {"person": person, "invitations_sent": sent}
    )


def _too_often(request: HttpRequest) -> HttpResponse | None:
    """Return the “too many attempts” page if an owner has tried too many addresses in an hour."""
    response: HttpResponse | None = ratelimit.consume_or_429(
        request, action="invite", user=request.user
    )
    return response
