"""Pages of an account's entries and withdrawals, newest first, found without counting."""

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import Withdrawal
from commissions.statements.periods import Period

PER_PAGE = 25

# What `commissions/_reference.html` reads; a correction may itself be reversed or corrected.
ABOUT = (
    "withdrawal",
    "returned_withdrawal",
    "lead",
    "refers_to__lead",
    "refers_to__refers_to__lead",
)

Row = TypeVar("Row", LedgerEntry, Withdrawal)

# No more digits than the database's numbers have
_CURSOR = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page, newest first, and the entries' numbers to ask for the pages beside it by (or None).

    The newer page is asked for by `after` = `newer`, the older by `before` = `older`.
    """

    rows: list[Row]
    newer: int | None = None
    older: int | None = None


def entries_of(
    account: Account, kind: str = "", period: Period | None = None
) -> "QuerySet[LedgerEntry]":
    """Return the account's entries, of one kind and one month or year where these are given.

    With them comes what they are about: the withdrawal, or the lead that was credited, also where
    the entry reverses or corrects its credit.
    """
    entries = LedgerEntry.objects.filter(account=account)
    if kind:
        entries = entries.filter(kind=kind)
    if period:
        entries = entries.filter(posted_at__gte=period.start, posted_at__lt=period.end)
    return entries.select_related(*ABOUT)


def entry_page(
    entries: "QuerySet[LedgerEntry]", *, before: str = "", after: str = ""
) -> Page[LedgerEntry]:
    """Return the page of one account's `entries` numbered below `before`, or above `after`.

    One query whatever the depth. A cursor that is none, or beyond the end, shows the newest page.
    """
    return _page(entries, "number", before, after)


def withdrawal_page(
    withdrawals: "QuerySet[Withdrawal]", *, before: str = "", after: str = ""
) -> Page[Withdrawal]:
    """Return the page of one account's `withdrawals` whose entries stand below, or above, a number.

    As `entry_page`.
    """
    return _page(withdrawals.select_related("entry"), "entry__number", before, after)


def _page(rows: "QuerySet[Row]", place: str, before: str, after: str) -> Page[Row]:
    below, above = _number(before), _number(after)
    page = _beside(rows, place, below, above)
    if not page.rows and (below is not None or above is not None):
        return _beside(rows, place, None, None)
    return page


def _beside(rows: "QuerySet[Row]", place: str, below: int | None, above: int | None) -> Page[Row]:
    if above is not None:
        found = list(rows.filter(**{f"{place}__gt": above}).order_by(place)[: PER_PAGE + 1])
        shown = found[:PER_PAGE][::-1]
        newer = shown[0] if len(found) > PER_PAGE else None
        return Page(shown, _cursor(newer), _cursor(shown[-1] if shown else None))
    if below is not None:
        rows = rows.filter(**{f"{place}__lt": below})
    found = list(rows.order_by(f"-{place}")[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    newer = shown[0] if shown and below is not None else None
    return Page(shown, _cursor(newer), _cursor(shown[-1] if len(found) > PER_PAGE else None))


def _cursor(row: Any) -> int | None:
    if row is None:
        return None
    number: int = row.number if isinstance(row, LedgerEntry) else row.entry.number
    return number


def _number(cursor: str) -> int | None:
    return int(cursor) if _CURSOR.fullmatch(cursor) else None
