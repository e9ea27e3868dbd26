"""Receipts: heads of chains, to be kept elsewhere. A rewritten chain contradicts them.

One line per account and day with new entries: the account's id, the day, the number of its entries
at the end of that day, the last one's hash.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.utils import timezone

from commissions.ledger.chain import Fault
from commissions.ledger.models import Account, LedgerEntry
from commissions.ledger.snapshot import Scope

# So many are looked up by one query.
BATCH = 500


class Unreadable(ValueError):
    """A line that is no receipt, named by its number."""


class Receipt(NamedTuple):
    """An account's head at the end of a day of the business's time zone, or at its hour."""

    account: int
    day: date
    entries: int
    head: str

    def __str__(self) -> str:
        return f"{self.account} {self.day.isoformat()} {self.entries} {self.head}"


def publish(scope: Scope) -> Iterator[Receipt]:
    """Yield the receipts, by account and day; today's covers the entries up to now."""
    entries = scope.entries().order_by("account_id", "number")
    heads = (
        (account, timezone.localdate(posted_at), number, head)
        for account, posted_at, number, head in entries.values_list(
            "account_id", "posted_at", "number", "hash"
        ).iterator()
    )
    for _, of_day in groupby(heads, key=itemgetter(0, 1)):
        yield Receipt(*deque(of_day, maxlen=1).pop())


def read(lines: Iterable[str]) -> Iterator[Receipt]:
    """Yield the receipts in `lines`; skips empty lines and comments (#). Raises Unreadable."""
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            account, day, count, head = words
            yield Receipt(int(account), date.fromisoformat(day), int(count), head)
        except ValueError as error:
            raise Unreadable(
                f"Line {number} is not a receipt: it should have an account, a date, a count and a "
                "hash, such as publish_heads prints."
            ) from error


def contradictions(receipts: Iterable[Receipt], scope: Scope) -> Iterator[Fault]:
    """Yield the published heads that the chains do not contain, whatever `scope.since` is."""
    if scope.partner is not None:
        own = set(Account.objects.filter(partner=scope.partner).values_list("pk", flat=True))
        receipts = (receipt for receipt in receipts if receipt.account in own)
    for batch in _batches(receipts):
        entries = LedgerEntry.objects.filter(hash__in={receipt.head for receipt in batch})
        held = set(entries.values_list("account_id", "number", "hash"))
        for receipt in batch:
            if (receipt.account, receipt.entries, receipt.head) not in held:
                yield Fault(
                    receipt.account,
                    receipt.entries,
                    f"is not the one whose hash was published on {receipt.day}: its chain was "
                    "written anew",
                )


def _batches(receipts: Iterable[Receipt]) -> Iterator[list[Receipt]]:
    for _, batch in groupby(enumerate(receipts), key=lambda numbered: numbered[0] // BATCH):
        yield [receipt for _, receipt in batch]
