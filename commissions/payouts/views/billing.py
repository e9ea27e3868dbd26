"""Billing details: everyone of the organization may read them, its owners change them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from commissions.payouts import billing
from commissions.payouts.forms import BillingForm
from commissions.payouts.models import BillingDetails
from leadportal.partners import password_confirmation
from leadportal.partners.access import owner, partner_user
from leadportal.partners.models import User

TO_WITHDRAW = "withdraw"
SHOWN = 25  # earlier versions; all are kept


@require_http_methods(["GET", "HEAD", "POST"])
def billing_details(request: HttpRequest) -> HttpResponse:
    """Show the current version and the earlier ones; save what an owner posts as a new version.

    Saving asks for the password, unless it was confirmed in the last minutes.
    `next=withdraw` leads on to the withdrawal that the details were missing for.
    """
    if request.method == "POST":
        return _save(request, owner(request))
    user = partner_user(request)
    return _render(request, user, None)


def _save(request: HttpRequest, user: User) -> HttpResponse:
    form = BillingForm(request.POST)
    if not form.is_valid():
        return _render(request, user, form)
    password_confirmation.require(request)
    version, is_new = billing.save(form.cleaned_data, user)
    if is_new:
        messages.success(request, f"Your billing details are saved as version {version.version}.")
    else:
        messages.info(request, f"Nothing has changed. Version {version.version} is still current.")
    if request.POST.get("next") == TO_WITHDRAW:
        return redirect("commissions:withdraw")
    return redirect("commissions:billing")


def _render(request: HttpRequest, user: User, refused: BillingForm | None) -> HttpResponse:
    versions = BillingDetails.objects.visible_to(user).select_related("saved_by")
    newest = list(versions.order_by("-version")[: SHOWN + 1])
    current = newest[0] if newest else None
    context: dict[str, Any] = {"current": current, "earlier": newest[1:]}
    if user.is_owner:
        context["form"] = refused or BillingForm(instance=current)
        parameters = request.POST if refused else request.GET
        context["leads_to_withdrawal"] = parameters.get("next") == TO_WITHDRAW
    return render(request, "commissions/billing.html", context, status=422 if refused else 200)
