"""The only door to the entries. What is posted here is never changed and never deleted.

Each function joins the caller's transaction and holds the account's lock until that ends: who posts
to several accounts in one transaction takes them in one order.
"""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from commissions import explanation as explanations
from commissions.balances import balances
from commissions.chain import COMPUTED
from commissions.models import LedgerEntry
from commissions.posting import BrokenChain, EntryRefused, LedgerError, locked_account, post
from leadportal.money import usd
from leadportal.partners.models import Partner, User

__all__ = [
    "AlreadyCredited",
    "AlreadyPosted",
    "AmountRefused",
    "BrokenChain",
    "EntryRefused",
    "LedgerError",
    "NotExplained",
    "adjust",
    "correct",
    "credit",
    "give_back",
    "reverse",
    "withdraw",
]

Kind = LedgerEntry.Kind


class AmountRefused(LedgerError):
    """An amount that does not fit: zero, of the wrong sign, or more than is available."""


class NotExplained(LedgerError):
    """An amount that its explanation does not come to."""


class AlreadyPosted(LedgerError):
    """What was asked for was done before; `entry` is the one that did it."""

    def __init__(self, entry: LedgerEntry, what: str) -> None:
        self.entry = entry
        posted = date_format(timezone.localtime(entry.posted_at), "j M Y, H:i")
        super().__init__(
            f"{what} already: entry {entry.number}, {usd(entry.amount)}, {posted}, "
            f"by {entry.posted_by}."
        )


class AlreadyCredited(AlreadyPosted):
    """The lead has its commission already."""

    def __init__(self, entry: LedgerEntry) -> None:
        super().__init__(entry, f"{entry.reference} was credited")


def credit(
    partner: Partner, *, reference: str, explanation: str, amount: Decimal, text: str, actor: User
) -> LedgerEntry:
    """Credit the partner with a won lead's commission and return the entry.

    `reference` is the lead's, `explanation` comes from `explanation.freeze` and must come to
    `amount`, US dollars above zero; `text` is for people, at most 200 characters. Raises
    AmountRefused, NotExplained, AlreadyCredited, EntryRefused or BrokenChain.
    """
    _require_payable(amount)
    _require_explained(amount, explanation)
    try:
        with transaction.atomic():
            account = locked_account(partner)
            credited = _commission_for(reference)
            if credited is not None:
                raise AlreadyCredited(credited)
            return post(
                account,
                kind=Kind.COMMISSION,
                amount=amount,
                reference=reference,
                text=text,
                explanation=explanation,
                actor=actor,
            )
    except IntegrityError as error:
        # The lock is one account's. Through another, the reference may have come in between.
        credited = _commission_for(reference)
        if credited is None:
            raise
        raise AlreadyCredited(credited) from error


def reverse(entry: LedgerEntry, *, reason: str, actor: User) -> LedgerEntry:
    """Take back a commission or a correction and return the negative entry.

    The balance may fall below zero, where the money was withdrawn before. Raises EntryRefused for
    an entry of another kind or without a reason, AlreadyPosted where it was reversed before.
    """
    _require_computed(entry)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.REVERSAL, f"Entry {entry.number} was reversed")
        return post(
            account,
            kind=Kind.REVERSAL,
            amount=-entry.amount,
            reference=entry.reference,
            text=f"Reversal of entry {entry.number}: {_reason(reason)}"[:200],
            explanation=_stated(
                -entry.amount,
                f"Reverses entry {entry.number}: {usd(entry.amount)}",
                f"Reason: {_reason(reason)}",
            ),
            refers_to=entry,
            actor=actor,
        )


def correct(
    entry: LedgerEntry, *, explanation: str, amount: Decimal, reason: str, text: str, actor: User
) -> LedgerEntry:
    """Put the right commission in an entry's place and return the correction.

    The wrong one is reversed in the same transaction, unless it was before. `explanation` and
    `amount` are as `credit` takes them. Raises what `reverse` and `credit` raise, AlreadyPosted
    where the entry was corrected before.
    """
    _require_computed(entry)
    _require_payable(amount)
    _require_explained(amount, explanation)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.CORRECTION, f"Entry {entry.number} was corrected")
        if not entry.referred_by.filter(kind=Kind.REVERSAL).exists():
            reverse(entry, reason=reason, actor=actor)
            account.refresh_from_db()
        return post(
            account,
            kind=Kind.CORRECTION,
            amount=amount,
            reference=entry.reference,
            text=text,
            explanation=explanation,
            refers_to=entry,
            actor=actor,
        )


def adjust(
    partner: Partner, *, amount: Decimal, reason: str, reference: str, actor: User
) -> LedgerEntry:
    """Post an amount of either sign, in US dollars, that no lead led to, and return the entry.

    `reference` names the adjustment once and for all: a second one is AlreadyPosted, so that a
    repeated request posts nothing. Raises AmountRefused for zero, EntryRefused without a reason.
    """
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount == 0:
        raise AmountRefused("An adjustment is an amount of US dollars above or below zero.")
    words = _reason(reason)
    with transaction.atomic():
        account = locked_account(partner)
        adjustments = LedgerEntry.objects.filter(kind=Kind.ADJUSTMENT, reference=reference)
        posted = adjustments.select_related("posted_by").first()
        if posted is not None:
            raise AlreadyPosted(posted, f"{reference} was posted")
        return post(
            account,
            kind=Kind.ADJUSTMENT,
            amount=amount,
            reference=reference,
            text=f"Adjustment: {words}"[:200],
            explanation=_stated(amount, f"Adjustment of {usd(amount)}", f"Reason: {words}"),
            actor=actor,
        )


def withdraw(partner: Partner, *, amount: Decimal, reference: str, actor: User) -> LedgerEntry:
    """Take `amount`, US dollars above zero, off what is available and return the negative entry.

    `reference` is the withdrawal's number. Raises AmountRefused where less is available.
    """
    with transaction.atomic():
        account = locked_account(partner)
        available = balances(account, timezone.now()).available
        if not 0 < amount <= available:
            raise AmountRefused(f"{usd(available)} can be withdrawn now, not {usd(amount)}.")
        return post(
            account,
            kind=Kind.WITHDRAWAL,
            amount=-amount,
            reference=reference,
            text=f"Withdrawal {reference}",
            explanation=_stated(-amount, f"Withdrawn from {usd(available)} available"),
            actor=actor,
        )


def give_back(entry: LedgerEntry, *, reason: str, actor: User) -> LedgerEntry:
    """Make a withdrawal's money available again and return the positive entry.

    Raises EntryRefused for an entry of another kind or without a reason, AlreadyPosted where it was
    given back before.
    """
    if entry.kind != Kind.WITHDRAWAL:
        raise EntryRefused(f"Entry {entry.number} is no withdrawal: there is nothing to give back.")
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.RETURN, f"Withdrawal {entry.reference} was given back")
        return post(
            account,
            kind=Kind.RETURN,
            amount=-entry.amount,
            reference=entry.reference,
            text=f"Withdrawal {entry.reference} returned: {_reason(reason)}"[:200],
            explanation=_stated(
                -entry.amount,
                f"Gives back entry {entry.number}: {usd(-entry.amount)}",
                f"Reason: {_reason(reason)}",
            ),
            refers_to=entry,
            actor=actor,
        )


def _stated(amount: Decimal, *steps: str) -> str:
    """Freeze an amount that no deal led to, with the words that explain it."""
    return explanations.canonical({"amount": f"{amount:.2f}", "steps": list(steps)})


def _reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise EntryRefused("Give a reason: the partner reads it, and so does whoever asks later.")
    return words


def _require_payable(amount: Decimal) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0:
        raise AmountRefused(f"A commission is an amount of US dollars above zero, not {amount!r}.")


def _require_explained(amount: Decimal, explanation: str) -> None:
    try:
        explained = explanations.recompute(explanation)
    except (explanations.Unreadable, explanations.Inconsistent) as error:
        raise NotExplained(str(error)) from error
    if explained != amount:
        raise NotExplained(f"The explanation comes to {usd(explained)}, not to {amount}.")


def _require_computed(entry: LedgerEntry) -> None:
    if entry.kind not in COMPUTED:
        raise EntryRefused(
            f"Entry {entry.number} is a {entry.get_kind_display().lower()}: only a commission or a "
            "correction can be reversed."
        )


def _require_first(entry: LedgerEntry, kind: str, what: str) -> None:
    posted = entry.referred_by.filter(kind=kind).select_related("posted_by").first()
    if posted is not None:
        raise AlreadyPosted(posted, what)


def _commission_for(reference: str) -> LedgerEntry | None:
    return (
        LedgerEntry.objects.filter(kind=Kind.COMMISSION, reference=reference)
        .select_related("posted_by")
        .first()
    )
