"""The partner's pages for requesting and following withdrawals."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from commissions.ledger.balances import NO_MONEY, balances
from commissions.ledger.errors import LedgerError
from commissions.ledger.models import Account
from commissions.payouts.documents import remittance
from commissions.payouts.eligibility import Eligibility, eligibility, request_as_shown
from commissions.payouts.models.withdrawal import NEWEST, Withdrawal
from leadportal.partners.access import owner, partner_user
from leadportal.partners.models import User
from leadportal.ui.replies import pdf_reply


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """Show the amount and where it will be paid; on a POST request the withdrawal."""
    if request.method == "POST":
        return _ask(request, owner(request))
    return _render(request, partner_user(request))


@require_GET
def withdrawal_requested(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm a requested withdrawal: its number, and what happens next."""
    context = {"withdrawal": _withdrawal(partner_user(request), number)}
    return render(request, "commissions/withdrawal_requested.html", context)


@require_GET
def withdrawal_list(request: HttpRequest) -> HttpResponse:
    """Show the organization's withdrawals, newest first."""
    user = partner_user(request)
    page = NEWEST.page(
        Withdrawal.objects.visible_to(user),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {"page": page, "eligibility": _eligibility(user) if not page.rows else None}
    return render(request, "commissions/withdrawal_list.html", context)


@require_GET
def withdrawal_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one withdrawal."""
    withdrawal = _withdrawal(partner_user(request), number)
    context = {"withdrawal": withdrawal, "document": remittance(withdrawal)}
    return render(request, "commissions/withdrawal_detail.html", context)


@require_GET
def withdrawal_remittance(request: HttpRequest, number: str) -> HttpResponse:
    """Return the withdrawal's remittance document."""
    withdrawal = _withdrawal(partner_user(request), number)
    return pdf_reply(remittance(withdrawal), f"remittance-{withdrawal.number}.pdf")


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    try:
        withdrawal = request_as_shown(
            user, request.POST.get("amount", ""), request.POST.get("billing", "")
        )
    except LedgerError as refused:
        return _render(request, user, str(refused))
    return redirect("commissions:withdrawal_requested", withdrawal.number)


def _render(request: HttpRequest, user: User, refused: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "eligibility": _eligibility(user),
        "refused": refused,
        "on_their_way": Withdrawal.objects.visible_to(user)
        .awaiting_payment()
        .select_related("requested_by"),
    }
    if not user.is_owner:
        context["owners"] = User.objects.filter(
            partner=user.partner_id, role=User.Role.OWNER, is_active=True
        ).order_by("pk")
    return render(request, "commissions/withdraw.html", context, status=409 if refused else 200)


def _eligibility(user: User) -> Eligibility:
    account = Account.objects.visible_to(user).first()
    money = balances(account, timezone.now()) if account else NO_MONEY
    return eligibility(user, money.available)


def _withdrawal(user: User, number: str) -> Withdrawal:
    return get_object_or_404(
        Withdrawal.objects.visible_to(user).select_related(
            "account__partner", "billing", "entry", "return_entry", "requested_by"
        ),
        number=number,
    )
