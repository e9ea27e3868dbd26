"""The chain by which a changed entry shows: a hash covers the entry and its predecessor's hash."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from commissions import explanation
from commissions.models import Account, LedgerEntry
from leadportal.money import round_to_cent

# These entries' amounts follow from a deal; the others state theirs.
COMPUTED = (LedgerEntry.Kind.COMMISSION, LedgerEntry.Kind.CORRECTION)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an entry, or with the account itself (`number` None)."""

    account: int
    number: int | None
    problem: str

    def __str__(self) -> str:
        place = "" if self.number is None else f", entry {self.number}"
        return f"Account {self.account}{place}: {self.problem}"


def entry_hash(entry: LedgerEntry) -> str:
    """Return the SHA-256 of the entry's canonical content and `previous_hash`, in hexadecimal."""
    content = {
        "account": entry.account_id,
        "number": entry.number,
        "kind": str(entry.kind),
        "amount": str(round_to_cent(entry.amount)),
        "reference": entry.reference,
        "text": entry.text,
        "explanation": entry.explanation,
        "refers_to": entry.refers_to_id,
        "posted_at": entry.posted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "posted_by": entry.posted_by_id,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(explanation.canonical(content).encode()).hexdigest()


def verify_chain(account: Account) -> list[Fault]:
    """Return what is wrong with the account and its entries, in their order.

    Holds the account's lock meanwhile, so that an entry being posted is not taken for a fault.
    """
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        entries = LedgerEntry.objects.filter(account=locked).order_by("number")
        return list(faults(locked, entries.iterator()))


def faults(account: Account, entries: Iterable[LedgerEntry]) -> Iterator[Fault]:
    """Yield what is wrong with all `entries` of the account, which come by number, as they pass."""
    number, head, balance = 0, "", Decimal(0)
    at: datetime | None = None
    for entry in entries:
        problems = list(_own_problems(entry))
        if entry.number != number + 1:
            # The link to what is missing cannot be checked.
            yield Fault(
                account.pk, entry.number, f"follows entry {number}: what was between is gone"
            )
        elif entry.previous_hash != head:
            problems.append("does not name its predecessor's hash")
        if at is not None and entry.posted_at < at:
            problems.append("is earlier than its predecessor")
        for problem in problems:
            yield Fault(account.pk, entry.number, problem)
        number, head, at = entry.number, entry.hash, entry.posted_at
        balance += entry.amount
    if account.entry_count != number:
        yield Fault(account.pk, None, f"counts {account.entry_count} entries, the last is {number}")
    if account.head_hash != head:
        yield Fault(account.pk, None, "does not name the last entry's hash")
    if account.balance != balance:
        yield Fault(
            account.pk, None, f"says a balance of {account.balance}, its entries sum to {balance}"
        )


def _own_problems(entry: LedgerEntry) -> Iterator[str]:
    if entry_hash(entry) != entry.hash:
        yield "does not have the hash of its content"
    if entry.kind not in COMPUTED:
        return
    try:
        amount = explanation.recompute(entry.explanation)
    except (explanation.Unreadable, explanation.Inconsistent) as error:
        yield str(error)
        return
    if amount != entry.amount:
        yield f"is of {entry.amount}, its explanation comes to {amount}"
