"""The Commissions tab: what the partner's organisation has earned, and how each sum came about."""

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from commissions.models import Account
from commissions.paging import EntryPage, page_of


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the balance and the entries, newest first; staff have no account and get 404."""
    if not request.user.is_authenticated or request.user.partner_id is None:
        raise Http404
    account = Account.objects.visible_to(request.user).first()
    context = {
        "account": account,
        "balance": account.balance if account else Decimal(0),
        "page": page_of(account, request.GET.get("before", "")) if account else EntryPage([]),
    }
    return render(request, "commissions/overview.html", context)
