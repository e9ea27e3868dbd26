"""The hash chain: each entry's hash covers its content and the hash before it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commissions import explanation
from commissions.ledger.models import OF_LEADS, Account, LedgerEntry
from leadportal.money import usd

Kind = LedgerEntry.Kind

# By so much may the clocks of the servers differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
# These entries' amounts follow from a deal; the others state theirs.
COMPUTED = (Kind.COMMISSION, Kind.CORRECTION)
# What each kind may refer to; the kinds that are not here refer to nothing. A commission names the
# reversal of the one before, if the lead was won before.
REFERS_TO: dict[str, tuple[Kind, ...]] = {
    Kind.COMMISSION: (Kind.REVERSAL,),
    Kind.REVERSAL: COMPUTED,
    Kind.CORRECTION: COMPUTED,
    Kind.RETURN: (Kind.WITHDRAWAL,),
}
# Above zero, or below; an adjustment is either.
SIGNS: dict[str, tuple[int, ...]] = {
    Kind.COMMISSION: (1,),
    Kind.CORRECTION: (1,),
    Kind.RETURN: (1,),
    Kind.REVERSAL: (-1,),
    Kind.WITHDRAWAL: (-1,),
    Kind.ADJUSTMENT: (1, -1),
}


class Row(NamedTuple):
    """All columns of an entry, cheaper than a model instance."""

    account_id: int
    number: int
    kind: str
    amount: Decimal
    approval_id: int | None
    available_on: date
    reference: str
    text: str
    explanation: str
    refers_to_id: int | None
    posted_at: datetime
    posted_by_id: int
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an entry, or with the account itself (`number` None)."""

    account: int
    number: int | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.number is None else f", entry {self.number}"
        return f"Account {self.account}{place}: {self.problem}"


def rows(entries: QuerySet[LedgerEntry]) -> Iterator[Row]:
    """Stream the entries in the database's own order; few of them are in memory at a time."""
    return map(Row._make, entries.values_list(*Row._fields).iterator())


def entry_hash(entry: LedgerEntry | Row) -> str:
    """Return the SHA-256 of the entry's canonical content and `previous_hash`, in hexadecimal.

    The content is JSON as `explanation.canonical` writes it: the keys stand in their order here.
    """
    posted_at = entry.posted_at.astimezone(UTC).isoformat(timespec="microseconds")
    # Spelled out, because an audit writes a million of them.
    content = (
        f'{{"account":{entry.account_id},"amount":"{entry.amount:.2f}","approval":{_or_null(entry.approval_id)},'
        f'"available_on":"{entry.available_on.isoformat()}",'
        f'"explanation":{encode_basestring(entry.explanation)},"kind":{encode_basestring(entry.kind)},'
        f'"number":{entry.number},"posted_at":"{posted_at.removesuffix("+00:00")}Z",'
        f'"posted_by":{entry.posted_by_id},"previous_hash":{encode_basestring(entry.previous_hash)},'
        f'"reference":{encode_basestring(entry.reference)},"refers_to":{_or_null(entry.refers_to_id)},'
        f'"text":{encode_basestring(entry.text)}}}'
    )
    return hashlib.sha256(content.encode()).hexdigest()


def verify_chain(account: Account) -> list[Fault]:
    """Return what is wrong with the account and its entries, in their order.

    Holds the account's lock, so that an entry that is being posted is not reported as a fault.
    """
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        entries = LedgerEntry.objects.filter(account=locked).order_by("number")
        return list(faults(locked, rows(entries)))


def faults(
    account: Account,
    entries: Iterable[Row],
    since: datetime | None = None,
    earlier: Decimal = Decimal(0),
) -> Iterator[Fault]:
    """Yield what is wrong with the account's `entries`, which come ordered by number.

    Pass all of them, or with `since` those from then on and each one's predecessor, which is not
    checked itself; `earlier` is then the sum of the entries before `since`, in US dollars.
    """
    number, head, balance = 0, "", earlier
    pending: dict[date, Decimal] = defaultdict(Decimal)  # by the day on which it is available
    at: datetime | None = None
    latest = timezone.now() + CLOCK_TOLERANCE
    for entry in entries:
        is_checked = since is None or entry.posted_at >= since
        if is_checked:
            balance += entry.amount
            problems = _problems_of(entry)
            if entry.kind in OF_LEADS:
                pending[entry.available_on] += entry.amount
            elif entry.kind == Kind.WITHDRAWAL:
                held = (amount for day, amount in pending.items() if day > entry.available_on)
                missing = sum(held, Decimal(0)) - balance
                if missing > 0:
                    problems.append(f"takes {usd(missing)} more than was available")
            if entry.number != number + 1:
                # The link to what is missing cannot be checked.
                problems.insert(0, f"follows entry {number}: what was between is gone")
            elif entry.previous_hash != head:
                problems.append("does not name its predecessor's hash")
            if at is not None and entry.posted_at < at:
                problems.append("is earlier than its predecessor")
            if entry.posted_at > latest:
                problems.append(f"is of {entry.posted_at:%Y-%m-%d %H:%M} UTC, which is to come")
            for problem in problems:
                yield Fault(account.pk, entry.number, problem)
        number, head, at = entry.number, entry.hash, entry.posted_at
    yield from _faults_of(account, number, head, balance)


def _faults_of(account: Account, number: int, head: str, balance: Decimal) -> Iterator[Fault]:
    if account.entry_count != number:
        yield Fault(account.pk, None, f"counts {account.entry_count} entries, the last is {number}")
    if account.head_hash != head:
        yield Fault(account.pk, None, "does not name the last entry's hash")
    if account.balance != balance:
        yield Fault(
            account.pk, None, f"says a balance of {account.balance}, its entries sum to {balance}"
        )


def _problems_of(entry: Row) -> list[str]:
    kind, found = entry.kind, []
    if entry_hash(entry) != entry.hash:
        found.append("does not have the hash of its content")
    signs = SIGNS.get(kind)
    if signs is None:
        return [*found, f"is of no known kind: {kind}"]
    if (1 if entry.amount > 0 else -1 if entry.amount else 0) not in signs:
        found.append(f"is of {entry.amount}, a wrong sign for the kind {kind}")
    if (entry.refers_to_id is not None) != (kind in REFERS_TO) and kind != Kind.COMMISSION:
        names = "no entry" if entry.refers_to_id is None else "an entry"
        found.append(f"names {names}, which does not go with the kind {kind}")
    try:
        found += _unexplained(entry)
    except (explanation.Unreadable, explanation.Inconsistent) as error:
        found.append(str(error))
    return found


def _unexplained(entry: Row) -> Iterator[str]:
    """Yield what does not follow from the explanation. Raises Unreadable, Inconsistent."""
    if entry.kind in COMPUTED:
        credit = _recomputed(entry.explanation)
        amount, first = credit.amount, credit.signing.credited_on
        if entry.available_on != credit.available_on:
            yield (
                f"is available from {entry.available_on}, its explanation comes to "
                f"{credit.available_on}"
            )
        if credit.signing.signed_on > first:
            yield f"was signed on {credit.signing.signed_on}, after it was credited on {first}"
        if entry.kind == Kind.COMMISSION and not _is_day_of(entry.posted_at, first):
            yield f"was credited on {first} by its explanation, not when it was posted"
    else:
        amount = _stated(entry)
        # A reversal has the day of the entry that it answers: see `references`.
        if entry.kind != Kind.REVERSAL and not _is_day_of(entry.posted_at, entry.available_on):
            yield f"is available from {entry.available_on}, not from the day it was posted"
    if amount != entry.amount:
        yield f"is of {entry.amount}, its explanation comes to {amount}"


def _is_day_of(at: datetime, day: date) -> bool:
    """Return whether `day` is the day of the moment `at` in some time zone.

    BUSINESS_TIME_ZONE may have been a different one then.
    """
    return abs(day - at.astimezone(UTC).date()) <= timedelta(days=1)


def _stated(entry: Row) -> Decimal:
    content = explanation.read(entry.explanation)
    try:
        amount = Decimal(content["amount"])
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise explanation.Unreadable(f"This states no amount: {error!r}") from error
    if not amount.is_finite():
        raise explanation.Unreadable(f"This states no amount: {amount}")
    return amount


# Deals of one kind and day have one text, letter by letter; each text is computed once.
@lru_cache(maxsize=8192)
def _recomputed(text: str) -> explanation.Credit:
    return explanation.recompute_credit(text)


def _or_null(number: int | None) -> str:
    return "null" if number is None else str(number)
