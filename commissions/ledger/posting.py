"""Posts entries: the only code that writes them. An entry is never changed and never deleted.

Each function joins the caller's transaction and holds the account's lock until that ends: who posts
to several accounts in one transaction takes them in one order.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator

from commissions import explanation as explanations
from commissions.ledger.balances import balances
from commissions.ledger.chain import CLOCK_TOLERANCE, COMPUTED, entry_hash
from commissions.ledger.credits import CurrentCredit, entries_of
from commissions.ledger.errors import (
    AlreadyCredited,
    AlreadyPosted,
    AmountRefused,
    BrokenChain,
    ClockBehind,
    EntryRefused,
    require_dollars,
    require_explained,
    require_payable,
    words_of,
)
from commissions.ledger.models import Account, LedgerEntry
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.models import Partner, User

Kind = LedgerEntry.Kind
TEXT_LENGTH = 200  # of an entry's text

logger = logging.getLogger(__name__)


def credit(
    partner: Partner,
    *,
    reference: str,
    explanation: str,
    amount: Decimal,
    text: str,
    actor: User,
    label: str = "",
    approval: Approval | None = None,
    after: LedgerEntry | None = None,
) -> LedgerEntry:
    """Credit the partner with a won lead's commission and return the entry.

    `reference` is the lead's, `explanation` comes from `explanation.freeze_credit` and must come to
    `amount`, US dollars above zero; it also says from which day the amount is available. `text` is
    for people, at most 200 characters; `label` is what people call the lead, such as the company's
    name; `approval` is a second person's, if the amount needed one; `after` is the reversal of what
    the lead was credited with before, where it is won again. Raises AmountRefused, NotExplained,
    AlreadyCredited, EntryRefused or BrokenChain.
    """
    require_payable(amount)
    explained = require_explained(amount, explanation)
    expected = (Kind.REVERSAL, reference, partner.pk)
    if after and (after.kind, after.reference, after.account.partner_id) != expected:
        raise EntryRefused(f"Entry {after.number} is not a reversal of what {reference} earned.")
    return _post_once(
        partner,
        AlreadyCredited,
        lambda: _credited(reference, after),
        kind=Kind.COMMISSION,
        amount=amount,
        available_on=explained.available_on,
        reference=reference,
        label=label,
        text=text,
        explanation=explanation,
        refers_to=after,
        actor=actor,
        approval=approval,
    )


def reverse(entry: LedgerEntry, *, reason: str, actor: User) -> LedgerEntry:
    """Reverse a commission or a correction and return the negative entry.

    The balance may fall below zero, where the money was withdrawn before. Raises EntryRefused for
    an entry of another kind or without a reason, AlreadyPosted where it was reversed before.
    """
    _require_computed(entry)
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.REVERSAL, f"Entry {entry.number} was already reversed")
        return _post_reversal(account, entry, words, actor)


def correct(
    entry: LedgerEntry,
    *,
    explanation: str,
    amount: Decimal,
    reason: str,
    text: str,
    actor: User,
    approval: Approval | None = None,
    changes: Sequence[str] = (),
) -> LedgerEntry:
    """Replace an entry with the correct commission and return the correction.

    The wrong one is reversed in the same transaction, unless it was before. `explanation` and
    `amount` are as `credit` takes them; what was replaced, what `changes` besides the lines, and
    why are added to the frozen steps. The correction is available from the same day. Raises what
    `reverse` and `credit` raise, AlreadyPosted where the entry was corrected before: then the
    correction is the one to correct.
    """
    _require_computed(entry)
    require_payable(amount)
    explained = require_explained(amount, explanation)
    if explained.available_on != entry.available_on:
        raise EntryRefused(
            f"Entry {entry.number} is available from {entry.available_on}, so its correction is, "
            f"too, not from {explained.available_on}."
        )
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        require_not_corrected(entry)
        if not entry.referred_by.filter(kind=Kind.REVERSAL).exists():
            _post_reversal(account, entry, words, actor)
        credit = _current_credit(entry.reference)
        if credit and credit.commission.number > entry.number:
            again = credit.commission.number
            raise EntryRefused(f"{entry.subject} was credited again by entry {again}.")
        if credit and not credit.reversal:
            raise AlreadyCredited(credit.latest)
        return post(
            account,
            kind=Kind.CORRECTION,
            amount=amount,
            available_on=entry.available_on,
            reference=entry.reference,
            label=entry.label,
            text=text,
            explanation=_with_steps(
                explanation,
                f"Replaces entry {entry.number}: {usd(entry.amount)}",
                *changes,
                explanations.reason_step(words),
            ),
            refers_to=entry,
            actor=actor,
            approval=approval,
        )


def adjust(
    partner: Partner,
    *,
    amount: Decimal,
    reason: str,
    reference: str,
    actor: User,
    approval: Approval | None = None,
) -> LedgerEntry:
    """Post an amount of either sign, in US dollars, apart from any lead; return the entry.

    `reference` names the adjustment once and for all: a second one is AlreadyPosted, so that a
    repeated request posts nothing. Raises AmountRefused for zero or a part of a cent, EntryRefused
    without a reason.
    """
    words = require_adjustable(amount, reason, reference)
    return _post_once(
        partner,
        lambda posted: AlreadyPosted(posted, f"{reference} was already posted"),
        lambda: _posted(Kind.ADJUSTMENT, reference),
        kind=Kind.ADJUSTMENT,
        amount=amount,
        reference=reference,
        text=line_of_text(f"Adjustment: {words}"),
        explanation=_stated(
            amount, f"Adjustment of {usd(amount)}", explanations.reason_step(words)
        ),
        actor=actor,
        approval=approval,
    )


def require_adjustable(amount: Decimal, reason: str, reference: str) -> str:
    """Return the reason on one line. Raises what `adjust` raises."""
    require_dollars(amount)
    if amount == 0:
        raise AmountRefused("Enter an amount above or below zero.")
    posted = _posted(Kind.ADJUSTMENT, reference)
    if posted is not None:
        raise AlreadyPosted(posted, f"{reference} was already posted")
    return words_of(reason)


def require_not_corrected(entry: LedgerEntry) -> None:
    """Raise AlreadyPosted where the entry was corrected before, EntryRefused for other kinds."""
    _require_computed(entry)
    _require_first(entry, Kind.CORRECTION, f"Entry {entry.number} was already corrected")


def withdraw(partner: Partner, *, amount: Decimal, reference: str, actor: User) -> LedgerEntry:
    """Deduct `amount`, US dollars above zero, from what is available; return the entry.

    `reference` is the withdrawal's number. Raises AmountRefused where less is available,
    AlreadyPosted where that number was withdrawn from the account before.
    """
    require_dollars(amount)
    require_payable(amount, "A withdrawal")
    with transaction.atomic():
        account = locked_account(partner)
        posted = _posted(Kind.WITHDRAWAL, reference)
        if posted is not None:
            raise AlreadyPosted(posted, f"{reference} was already withdrawn")
        available = balances(account, timezone.now()).available
        if amount > available:
            raise AmountRefused(
                f"{usd(max(available, Decimal(0)))} is available, less than {usd(amount)}."
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
        raise EntryRefused(f"Entry {entry.number} is not a withdrawal, so it cannot be returned.")
    words = words_of(reason)
    with transaction.atomic():
        account = locked_account(entry.account.partner)
        _require_first(entry, Kind.RETURN, f"Withdrawal {entry.reference} was already returned")
        return post(
            account,
            kind=Kind.RETURN,
            amount=-entry.amount,
            reference=entry.reference,
            text=line_of_text(f"Withdrawal {entry.reference} returned: {words}"),
            explanation=_stated(
                -entry.amount,
                f"Returns entry {entry.number}: {usd(-entry.amount)}",
                explanations.reason_step(words),
            ),
            refers_to=entry,
            actor=actor,
        )


def _post_once(
    partner: Partner,
    refusal: Callable[[LedgerEntry], AlreadyPosted],
    find: Callable[[], LedgerEntry | None],
    **content: Any,
) -> LedgerEntry:
    """Post an entry unless `find` returns the one posted before; then raise `refusal` of that."""
    try:
        with transaction.atomic():
            account = locked_account(partner)
            posted = find()
            if posted is not None:
                raise refusal(posted)
            return post(account, **content)
    except IntegrityError as error:
        # The lock is on one account; the reference may have been posted to another meanwhile.
        posted = find()
        if posted is None:
            raise
        raise refusal(posted) from error


def _post_reversal(account: Account, entry: LedgerEntry, words: str, actor: User) -> LedgerEntry:
    return post(
        account,
        kind=Kind.REVERSAL,
        amount=-entry.amount,
        # While the entry is pending, so is what takes it back.
        available_on=entry.available_on,
        reference=entry.reference,
        label=entry.label,
        text=line_of_text(f"Reversal of entry {entry.number}: {words}"),
        explanation=_stated(
            -entry.amount,
            f"Reverses entry {entry.number}: {usd(entry.amount)}",
            explanations.reason_step(words),
        ),
        refers_to=entry,
        actor=actor,
    )


def _stated(amount: Decimal, *steps: str) -> str:
    """Return the frozen explanation of an amount that does not come from a deal."""
    return explanations.canonical({"amount": f"{amount:.2f}", "steps": list(steps)})


def _with_steps(explanation: str, *steps: str) -> str:
    """Add steps to a frozen explanation without changing its figures."""
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


def _current_credit(reference: str) -> CurrentCredit | None:
    return CurrentCredit.of(entries_of([reference]).select_related("posted_by"))


def _credited(reference: str, after: LedgerEntry | None) -> LedgerEntry | None:
    """Return what keeps the lead from being credited, None where `after` has reversed it all."""
    credit = _current_credit(reference)
    if credit is None or (credit.reversal and credit.reversal == after):
        return None
    return credit.latest


def _posted(kind: str, reference: str, refers_to: LedgerEntry | None = None) -> LedgerEntry | None:
    return (
        LedgerEntry.objects.filter(kind=kind, reference=reference, refers_to=refers_to)
        .select_related("posted_by")
        .first()
    )


def locked_account(partner: Partner) -> Account:
    """Return the partner's account, made if it is new, locked until the transaction ends."""
    # Created with the first entry. Concurrent creators end up locking the same row.
    accounts = Account.objects.select_for_update().filter(partner=partner)
    account = accounts.first()
    if account is None:
        # By id, so that the partner instance does not cache the account.
        Account.objects.bulk_create([Account(partner_id=partner.pk)], ignore_conflicts=True)
        account = accounts.get()
    return account


def line_of_text(words: str) -> str:
    """Return `words`, cut to the length of an entry's text; the explanation has all of them."""
    return Truncator(words).chars(TEXT_LENGTH)


def post(
    account: Account,
    *,
    kind: str,
    amount: Decimal,
    reference: str,
    text: str,
    explanation: str,
    actor: User,
    available_on: date | None = None,
    label: str = "",
    refers_to: LedgerEntry | None = None,
    approval: Approval | None = None,
) -> LedgerEntry:
    """Append an entry to a locked account, in the same transaction as its balance and head.

    Without `available_on` it is available from the day it is posted. Raises BrokenChain,
    ClockBehind and EntryRefused.
    """
    head = _head(account)
    posted_at = _time_after(head)
    entry = LedgerEntry(
        account=account,
        number=account.entry_count + 1,
        kind=kind,
        amount=amount,
        available_on=available_on or timezone.localdate(posted_at),
        reference=reference,
        label=label,
        text=text,
        explanation=explanation,
        refers_to=refers_to,
        posted_at=posted_at,
        posted_by=actor,
        approval=approval,
        previous_hash=account.head_hash,
    )
    entry.hash = entry_hash(entry)
    _require_fitting(entry)
    entry.save(force_insert=True)
    account.balance += amount
    account.entry_count = entry.number
    account.head_hash = entry.hash
    account.save(update_fields=("balance", "entry_count", "head_hash"))
    return entry


def _time_after(head: LedgerEntry | None) -> datetime:
    """Return the time of an entry that follows `head`, read under the account's lock.

    Clocks of several servers differ a little: an entry is never earlier than the one before it.
    Raises ClockBehind where they differ by more, and logs it for the operator: with a time that is
    wrong by hours, the entry would stand in a wrong statement for ever.
    """
    now = timezone.now()
    if head is None:
        return now
    if head.posted_at - now > CLOCK_TOLERANCE:
        error = ClockBehind(head, now)
        logger.error("%s", error)
        raise error
    return max(now, head.posted_at)


def _require_fitting(entry: LedgerEntry) -> None:
    # SQLite accepts a text of any length.
    try:
        entry.clean_fields(exclude=("account", "posted_by", "refers_to", "approval"))
    except ValidationError as error:
        problems = (f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
        raise EntryRefused(" ".join(problems)) from error


def _head(account: Account) -> LedgerEntry | None:
    head = LedgerEntry.objects.filter(account=account).order_by("-number").first()
    found = (head.number, head.hash) if head else (0, "")
    if found != (account.entry_count, account.head_hash):
        raise BrokenChain(
            f"Nothing can be posted to the account of {account.partner}: its last entry does not "
            "match the account. Run audit_ledger and look into it first."
        )
    return head
