"""The page that puts the right commission in an entry's place: GET asks, POST posts."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commissions import explanation
from commissions.catalog.final_lines import typed_lines
from commissions.catalog.lines import PREFIX, changed_lines
from commissions.ledger import amendments
from commissions.ledger.admin.correction_page import CorrectionPage
from commissions.ledger.chain import COMPUTED
from commissions.ledger.errors import AlreadyPosted
from commissions.ledger.models import LedgerEntry
from leadportal.money import usd
from leadportal.partners.access import staff_user

if TYPE_CHECKING:
    from commissions.ledger.admin.entries import LedgerEntryAdmin

Kind = LedgerEntry.Kind


def correct_entry(
    entry_admin: "LedgerEntryAdmin", request: HttpRequest, entry_id: int
) -> HttpResponse:
    """Show the lines to put right, or post the correction. Raises PermissionDenied."""
    if not entry_admin.has_amend_permission(request):
        raise PermissionDenied
    entry: LedgerEntry | None = entry_admin.found(request, entry_id)
    if entry is None:
        return entry_admin.to_missing(request, entry_id)
    problem = _why_not(entry)
    if problem:
        messages.warning(request, problem)
        return entry_admin.to_row(request, entry)
    try:
        page = _page(request, entry)
    except explanation.Unreadable as error:
        messages.error(request, f"What this entry was computed from cannot be read. {error}")
        return entry_admin.to_row(request, entry)

    def post() -> str:
        actor = staff_user(request)
        reason = page.form.cleaned_data["reason"]
        correction = amendments.correct(entry, page.choices(), reason, actor)
        words = page.told.words if page.told else ""
        return (
            f"Entry {entry.number} is corrected: entry {correction.number}, "
            f"{usd(correction.amount)} in place of {usd(entry.amount)}. {words}"
        )

    if request.POST.get("do") == "post" and page.is_valid():
        response = entry_admin.amend(request, entry, page.form, post)
        if response is not None:
            return response
    context = {
        "entry": entry,
        "page": page,
        "form": page.form,
        "forms": [page.lines, page.form],
        "told": page.told,
        "errors": page.is_checked and not page.is_valid(),
    }
    if "HX-Request" in request.headers:
        return render(request, "admin/commissions/ledgerentry/_correct_live.html", context)
    title = f"Correct entry {entry.number} of {entry.account.partner}"
    return entry_admin.render(request, "admin/commissions/ledgerentry/correct.html", title, context)


def _page(request: HttpRequest, entry: LedgerEntry) -> CorrectionPage:
    if request.method != "POST":
        return CorrectionPage(entry)
    posted = request.POST.dict()
    pressed = posted.get("do", "")
    # Of the lines only what the form has: a forged one may be the millionth.
    others = {name: typed for name, typed in posted.items() if not name.startswith(PREFIX)}
    answers = changed_lines(others | typed_lines(posted), pressed)
    return CorrectionPage(entry, answers, is_checked=pressed in ("post", "preview"))


def _why_not(entry: LedgerEntry) -> str:
    if entry.kind not in COMPUTED:
        return "Only a commission or a correction is corrected. Adjust the account instead."
    posted = entry.referred_by.filter(kind=Kind.CORRECTION).select_related("posted_by").first()
    if posted is None:
        return ""
    return str(AlreadyPosted(posted, f"Entry {entry.number} was corrected"))
