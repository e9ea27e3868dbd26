"""The pages that reverse an entry and adjust an account: GET asks, POST posts."""

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commissions.ledger import amendments
from commissions.ledger.admin.told import Told, told
from commissions.ledger.chain import COMPUTED
from commissions.ledger.errors import AlreadyPosted
from commissions.ledger.forms import AdjustmentForm, ReasonForm
from commissions.ledger.models import Account, LedgerEntry
from leadportal.money import usd
from leadportal.partners.access import staff_user

if TYPE_CHECKING:
    from commissions.ledger.admin.entries import AccountAdmin, LedgerEntryAdmin

Kind = LedgerEntry.Kind
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # readable aloud, as a lead's reference


def reverse_entry(
    entry_admin: "LedgerEntryAdmin", request: HttpRequest, entry_id: int
) -> HttpResponse:
    """Show what a reversal does, or post it. Raises PermissionDenied without `add_ledgerentry`."""
    if not entry_admin.has_amend_permission(request):
        raise PermissionDenied
    entry: LedgerEntry | None = entry_admin.found(request, entry_id)
    if entry is None:
        return entry_admin.to_missing(request, entry_id)
    problem = _why_not_reversed(entry)
    if problem:
        messages.warning(request, problem)
        return entry_admin.to_row(request, entry)
    form = ReasonForm(request.POST or None)
    shown = _reversal_told(entry, request.POST.get("reason", ""))

    def post() -> str:
        actor = staff_user(request)
        reversal = amendments.reverse(entry, form.cleaned_data["reason"], actor)
        return (
            f"Entry {entry.number} is reversed: entry {reversal.number}, {usd(reversal.amount)}. "
            f"{shown.words}"
        )

    if request.POST.get("do") == "post" and form.is_valid():
        response = entry_admin.amend(request, entry, form, post)
        if response is not None:
            return response
    context = {"entry": entry, "form": form, "told": shown, "errors": form.errors}
    if "HX-Request" in request.headers:
        return render(request, "admin/commissions/_told.html", context)
    title = f"Reverse entry {entry.number} of {entry.account.partner}"
    return entry_admin.render(request, "admin/commissions/ledgerentry/reverse.html", title, context)


def adjust_account(
    account_admin: "AccountAdmin", request: HttpRequest, account_id: int
) -> HttpResponse:
    """Ask for an adjustment, or post it once. Raises PermissionDenied without the permission."""
    if not account_admin.has_amend_permission(request):
        raise PermissionDenied
    account: Account | None = account_admin.found(request, account_id)
    if account is None:
        return account_admin.to_missing(request, account_id)
    form = AdjustmentForm(request.POST or None, initial={"reference": _new_reference()})
    shown = _adjustment_told(account, form)

    def post() -> str:
        data, actor = form.cleaned_data, staff_user(request)
        entry = amendments.adjust(
            account.partner, data["amount"], data["reason"], data["reference"], actor
        )
        words = shown.words if shown else ""
        return f"Adjusted by {usd(entry.amount)}: entry {entry.number}, {entry.reference}. {words}"

    if request.POST.get("do") == "post" and form.is_valid():
        response = account_admin.amend(request, account, form, post)
        if response is not None:
            return response
    context = {"account": account, "form": form, "told": shown, "errors": form.errors}
    if "HX-Request" in request.headers:
        return render(request, "admin/commissions/_told.html", context)
    title = f"Adjust the account of {account.partner}"
    return account_admin.render(request, "admin/commissions/account/adjust.html", title, context)


def _why_not_reversed(entry: LedgerEntry) -> str:
    if entry.kind not in COMPUTED:
        return "Only a commission or a correction is reversed. Adjust the account instead."
    posted = entry.referred_by.filter(kind=Kind.REVERSAL).select_related("posted_by").first()
    return (
        "" if posted is None else str(AlreadyPosted(posted, f"Entry {entry.number} was reversed"))
    )


def _reversal_told(entry: LedgerEntry, reason: str) -> Told:
    reversal = LedgerEntry(
        account=entry.account,
        kind=Kind.REVERSAL,
        amount=-entry.amount,
        reference=entry.reference,
        refers_to=entry,
    )
    return told(reversal, reason, reversal.amount)


def _adjustment_told(account: Account, form: AdjustmentForm) -> Told | None:
    """Return what the adjustment would tell; None until its amount can be read."""
    form.full_clean()
    amount = form.cleaned_data.get("amount") if form.is_bound else None
    if amount is None:
        return None
    adjustment = LedgerEntry(
        account=account,
        kind=Kind.ADJUSTMENT,
        amount=amount,
        reference=form.cleaned_data.get("reference", ""),
    )
    return told(adjustment, form.data.get("reason", ""), amount)


def _new_reference() -> str:
    return "ADJ-" + "".join(secrets.choice(SIGNS) for _ in range(8))
