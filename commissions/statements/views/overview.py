"""The Commissions tab's first page: balances, earnings by month, every entry."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.ledger.balances import Balances, balances
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.asking import asking
from commissions.payouts.models import Withdrawal
from commissions.statements.chart import chart_of
from commissions.statements.earnings import earnings
from commissions.statements.paging import entries_of, entry_page
from commissions.statements.periods import Period, years_between
from leadportal.partners.access import partner_user

NOTHING = Balances(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show what the organisation has earned and how each sum came about."""
    user = partner_user(request)
    at = timezone.now()
    account = Account.objects.visible_to(user).first()
    money = balances(account, at) if account else NOTHING
    context: dict[str, Any] = {
        "account": account,
        "holding_days": settings.HOLDING_DAYS,
        "balances": money,
        "asking": asking(user, money.available),
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
    page = entry_page(
        entries_of(account, kind, period),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return {
        "page": page,
        "kinds": LedgerEntry.Kind.choices,
        "kind": kind,
        "period": period,
    }
