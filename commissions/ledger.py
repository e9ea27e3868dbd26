"""The only door to the entries. What is posted here is never changed and never deleted.

Each function joins the caller's transaction and holds the account's lock until that ends: who posts
to several accounts in one transaction takes them in one order.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commissions import explanation as explanations
from commissions.balances import balances
from commissions.chain import COMPUTED
from commissions.models import Account, LedgerEntry
from commissions.posting import line_of_text, locked_account, post
from commissions.refusals import (
    AlreadyCredited,
    AlreadyPosted,
    AmountRefused,
    BrokenChain,
    EntryRefused,
    LedgerError,
    NotExplained,
    require_dollars,
    require_explained,
    require_payable,
    words_of,
)
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


def credit(
    partner: Partner, *, reference: str, explanation: str, amount: Decimal, text: str, actor: User
) -> LedgerEntry:
    """Credit the partner with a won lead's commission and return the entry.

    `reference` is the lead's, `explanation` comes from `explanation.freeze` and must come to
    `amount`, US dollars above zero; `text` is for people, at most 200 characters. Raises
    AmountRefused, NotExplained, AlreadyCredited, EntryRefused or BrokenChain.
    """
    require_payable(amount)
    require_explained(amount, explanation)
    return _post_once(
        partner,
        AlreadyCredited,
        kind=Kind.COMMISSION,
        amount=amount,
        reference=reference,
        text=text,
        explanation=explanation,
        actor=actor,
    )


def reverse(entry: LedgerEntry, *, reason: str, actor: User) -> LedgerEntry:
    """Take back a commission or a correction and return the negative entry.

    The balance may fall below zero, where the money was withdrawn before. Raises EntryRefused for
    an entry of another kind or without a reason, AlreadyPosted where it was reversed before.
    """
    _require_computed(entry)
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.REVERSAL, f"Entry {entry.number} was reversed")
        return _post_reversal(account, entry, words, actor)


def correct(
    entry: LedgerEntry, *, explanation: str, amount: Decimal, reason: str, text: str, actor: User
) -> LedgerEntry:
    """Put the right commission in an entry's place and return the correction.

    The wrong one is reversed in the same transaction, unless it was before. `explanation` and
    `amount` are as `credit` takes them; what was replaced, and why, is added to the frozen steps.
    Raises what `reverse` and `credit` raise, AlreadyPosted where the entry was corrected before:
    then the correction is the one to correct.
    """
    _require_computed(entry)
    require_payable(amount)
    require_explained(amount, explanation)
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.CORRECTION, f"Entry {entry.number} was corrected")
        if not entry.referred_by.filter(kind=Kind.REVERSAL).exists():
            _post_reversal(account, entry, words, actor)
        return post(
            account,
            kind=Kind.CORRECTION,
            amount=amount,
            reference=entry.reference,
            text=text,
            explanation=_with_steps(
                explanation,
                f"In place of entry {entry.number}: {usd(entry.amount)}",
                f"Reason: {words}",
            ),
            refers_to=entry,
            actor=actor,
        )


def adjust(
    partner: Partner, *, amount: Decimal, reason: str, reference: str, actor: User
) -> LedgerEntry:
    """Post an amount of either sign, in US dollars, that no lead led to, and return the entry.

    `reference` names the adjustment once and for all: a second one is AlreadyPosted, so that a
    repeated request posts nothing. Raises AmountRefused for zero or a part of a cent, EntryRefused
    without a reason.
    """
    require_dollars(amount)
    if amount == 0:
        raise AmountRefused("An adjustment is an amount of US dollars above or below zero.")
    words = words_of(reason)
    return _post_once(
        partner,
        lambda posted: AlreadyPosted(posted, f"{reference} was posted"),
        kind=Kind.ADJUSTMENT,
        amount=amount,
        reference=reference,
        text=line_of_text(f"Adjustment: {words}"),
        explanation=_stated(amount, f"Adjustment of {usd(amount)}", f"Reason: {words}"),
        actor=actor,
    )


def withdraw(partner: Partner, *, amount: Decimal, reference: str, actor: User) -> LedgerEntry:
    """Take `amount`, US dollars above zero, off what is available and return the negative entry.

    `reference` is the withdrawal's number. Raises AmountRefused where less is available,
    AlreadyPosted where that number was withdrawn from the account before.
    """
    require_dollars(amount)
    require_payable(amount, "A withdrawal")
    with transaction.atomic():
        account = locked_account(partner)
        posted = _posted(Kind.WITHDRAWAL, reference)
        if posted is not None:
            raise AlreadyPosted(posted, f"{reference} was withdrawn")
        available = balances(account, timezone.now()).available
        if amount > available:
            raise AmountRefused(
                f"{usd(max(available, Decimal(0)))} can be withdrawn now, not {usd(amount)}."
            )
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
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.RETURN, f"Withdrawal {entry.reference} was given back")
        return post(
            account,
            kind=Kind.RETURN,
            amount=-entry.amount,
            reference=entry.reference,
            text=line_of_text(f"Withdrawal {entry.reference} returned: {words}"),
            explanation=_stated(
                -entry.amount,
                f"Gives back entry {entry.number}: {usd(-entry.amount)}",
                f"Reason: {words}",
            ),
            refers_to=entry,
            actor=actor,
        )


def _post_once(
    partner: Partner, refusal: Callable[[LedgerEntry], AlreadyPosted], **content: Any
) -> LedgerEntry:
    """Post what its reference names once and for all, or raise `refusal` of what was posted."""
    kind, reference = content["kind"], content["reference"]
    try:
        with transaction.atomic():
            account = locked_account(partner)
            posted = _posted(kind, reference)
            if posted is not None:
                raise refusal(posted)
            return post(account, **content)
    except IntegrityError as error:
        # The lock is one account's. Through another, the reference may have come in between.
        posted = _posted(kind, reference)
        if posted is None:
            raise
        raise refusal(posted) from error


def _post_reversal(account: Account, entry: LedgerEntry, words: str, actor: User) -> LedgerEntry:
    return post(
        account,
        kind=Kind.REVERSAL,
        amount=-entry.amount,
        reference=entry.reference,
        text=line_of_text(f"Reversal of entry {entry.number}: {words}"),
        explanation=_stated(
            -entry.amount,
            f"Reverses entry {entry.number}: {usd(entry.amount)}",
            f"Reason: {words}",
        ),
        refers_to=entry,
        actor=actor,
    )


def _stated(amount: Decimal, *steps: str) -> str:
    """Freeze an amount that no deal led to, with the words that explain it."""
    return explanations.canonical({"amount": f"{amount:.2f}", "steps": list(steps)})


def _with_steps(explanation: str, *steps: str) -> str:
    """Add words to a frozen commission; its figures stay as they are."""
    content = explanations.read(explanation)
    return explanations.canonical(content | {"steps": [*content["steps"], *steps]})


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


def _posted(kind: str, reference: str) -> LedgerEntry | None:
    return (
        LedgerEntry.objects.filter(kind=kind, reference=reference)
        .select_related("posted_by")
        .first()
    )
