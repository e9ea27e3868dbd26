"""The Commissions tab's first page: balances, earnings by month, every entry."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.ledger.balances import NO_MONEY, balances, due
from commissions.ledger.models import BY_NUMBER, Account, LedgerEntry
from commissions.payouts.eligibility import eligibility
from commissions.payouts.models import Withdrawal
from commissions.statements.chart import chart_of
from commissions.statements.earnings import earnings
from commissions.statements.periods import Period, years_between
from leadportal.partners.access import partner_user


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the organization's balances, earnings and entries."""
    user = partner_user(request)
    at = timezone.now()
    account = Account.objects.visible_to(user).first()
    money = balances(account, at) if account else NO_MONEY
    context: dict[str, Any] = {
        "account": account,
        "balances": money,
        "due": due(account, at) if account and money.pending else [],
        "eligibility": eligibility(user, money.available),
        "on_their_way": Withdrawal.objects.visible_to(user).awaiting_payment(),
    }
    if account:
        context |= _earned(account, at) | _entries(account, request)
    return render(request, "commissions/overview.html", context)


def _earned(account: Account, at: datetime) -> dict[str, Any]:
    earned = earnings(account, at)
    return {
        "months": earned.months,
        "chart": chart_of(earned.months),
        "years": years_between(earned.since, at) if earned.since else [],
    }


def _entries(account: Account, request: HttpRequest) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kind = kind if kind in LedgerEntry.Kind.values else ""
    period = Period.parse(request.GET.get("month", ""))
    page = BY_NUMBER.page(
        _of_kind_and_period(account, kind, period),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return {
        "page": page,
        "kinds": LedgerEntry.Kind.choices,
        "kind": kind,
        "period": period,
    }


def _of_kind_and_period(
    account: Account, kind: str, period: Period | None
) -> QuerySet[LedgerEntry]:
    """Return the account's entries, of one kind and one month or year where these are given."""
    entries = LedgerEntry.objects.filter(account=account).with_reversals()
    if kind:
        entries = entries.filter(kind=kind)
    if period:
        entries = entries.filter(posted_at__gte=period.start, posted_at__lt=period.end)
    return entries
