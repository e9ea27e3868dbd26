"""Statements: every month and year since the first entry, on screen, as CSV and as PDF."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.ledger.models import Account
from commissions.statements.documents import statement_document
from commissions.statements.periods import Period, years_between
from commissions.statements.statement import Statement, csv_of, statement_of
from leadportal.partners.access import partner_user
from leadportal.ui.replies import file_reply, pdf_reply


@require_GET
def statement_list(request: HttpRequest) -> HttpResponse:
    """Show the years and months that have a statement, newest first."""
    account = Account.objects.visible_to(partner_user(request)).first()
    since = _since(account) if account else None
    years = years_between(since, timezone.now()) if since else []
    return render(request, "commissions/statement_list.html", {"years": years})


@require_GET
def statement(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """Show the opening balance, the entries and the closing balance of a month or a year."""
    account, period, since, at = _requested(request, year, month)
    found = statement_of(account, period, at)
    context = {
        "statement": found,
        "document": statement_document(found),
        "previous": period.previous if period.previous.overlaps(since, at) else None,
        "next": period.next if period.next.overlaps(since, at) else None,
    }
    return render(request, "commissions/statement.html", context)


@require_GET
def statement_csv(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """Return the statement for a spreadsheet."""
    found = _statement(request, year, month)
    return file_reply(csv_of(found), f"{_name(found)}.csv", "text/csv; charset=utf-8")


@require_GET
def statement_pdf(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """Return the statement on paper."""
    found = _statement(request, year, month)
    return pdf_reply(statement_document(found), f"{_name(found)}.pdf")


def _statement(request: HttpRequest, year: int, month: int | None) -> Statement:
    account, period, _, at = _requested(request, year, month)
    return statement_of(account, period, at)


def _requested(
    request: HttpRequest, year: int, month: int | None
) -> tuple[Account, Period, datetime, datetime]:
    """Return the account, the period, when the first entry was posted, and now.

    Raises Http404 for a period before the first entry or in the future.
    """
    accounts = Account.objects.visible_to(partner_user(request)).select_related("partner")
    account, at = get_object_or_404(accounts), timezone.now()
    since = _since(account)
    try:
        period = Period(year, month)
    except ValueError:
        raise Http404 from None
    if since is None or not period.overlaps(since, at):
        raise Http404
    return account, period, since, at


def _since(account: Account) -> datetime | None:
    return account.entries.order_by("number").values_list("posted_at", flat=True).first()


def _name(found: Statement) -> str:
    return f"statement-{found.period.code}"
