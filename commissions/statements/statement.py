"""Statements: opening balance, entries and closing balance of a month or a year.

Entries are numbered in the order of their times, so a period is a range of numbers, and the
statement of a past period never changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils import timezone

from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.exports import csv_bytes
from commissions.statements.earnings import MOVES
from commissions.statements.periods import Period

# Longer than a posting takes from reading its time to its commit.
SETTLING = timedelta(hours=1)

CSV_COLUMNS = (
    "Entry",
    "Posted",
    "Kind",
    "Reference",
    "Company",
    "Text",
    "Amount USD",
    "Balance USD",
    "Available from",
)
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry, the balance in US dollars after it, and whether this statement reverses it."""

    entry: LedgerEntry
    balance: Decimal
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A month or a year of an account, in US dollars. Opening and lines add up to closing.

    `as_of` is the moment up to which it is complete: the period's end, or the time it was read.
    """

    account: Account
    period: Period
    as_of: datetime
    opening: Decimal
    lines: list[StatementLine]
    closing: Decimal

    @property
    def title(self) -> str:
        """The heading, such as `Statement for October 2026`."""
        return f"Statement for {self.period.label}"

    @property
    def zone(self) -> str:
        """The time zone of the days, such as `Europe/Warsaw`."""
        return str(settings.TIME_ZONE)

    @property
    def is_final(self) -> bool:
        """Whether the period is over, so that nothing can be added any more."""
        return self.as_of == self.period.end

    @property
    def earned(self) -> Decimal:
        """All but withdrawals and their returns."""
        return sum((line.entry.amount for line in self.lines if not _moves(line.entry)), NOTHING)

    @property
    def withdrawn(self) -> Decimal:
        """Withdrawals less what was returned; negative if money was paid out."""
        return sum((line.entry.amount for line in self.lines if _moves(line.entry)), NOTHING)


def statement_of(account: Account, period: Period, at: datetime) -> Statement:
    """Return the account's statement of the period, read at the moment `at`. Two queries."""
    with transaction.atomic():
        if period.end <= at < period.end + SETTLING:
            # An entry of the period's last moment may be on its way: its lock is waited for.
            Account.objects.select_for_update().get(pk=account.pk)
        entries = LedgerEntry.objects.filter(account=account)
        before, until = Q(posted_at__lt=period.start), Q(posted_at__lt=period.end)
        bounds = entries.aggregate(
            opening=Sum("amount", filter=before),
            closing=Sum("amount", filter=until),
            first=Max("number", filter=before),
            last=Max("number", filter=until),
        )
        # By number, not by time again: what was posted since the first query stays out of both.
        within = entries.filter(
            number__gt=bounds["first"] or 0, number__lte=bounds["last"] or 0
        ).defer("explanation")
        opening = bounds["opening"] or NOTHING
        return Statement(
            account=account,
            period=period,
            as_of=min(at, period.end),
            opening=opening,
            lines=list(_lines(opening, within.order_by("number"))),
            closing=bounds["closing"] or NOTHING,
        )


def csv_of(statement: Statement) -> bytes:
    """Return the statement as CSV: days and times in BUSINESS_TIME_ZONE, amounts as numbers."""
    entries = (
        (
            str(line.entry.number),
            _local(line.entry.posted_at),
            line.entry.get_kind_display(),
            line.entry.reference,
            line.entry.label,
            line.entry.text,
            str(line.entry.amount),
            str(line.balance),
            line.entry.available_on.isoformat(),
        )
        for line in statement.lines
    )
    opening = ("", _local(statement.period.start), "Opening balance", "", "", "")
    closing = ("", _local(statement.as_of), "Closing balance", "", "", "")
    return csv_bytes(
        CSV_COLUMNS,
        (
            (*opening, "", str(statement.opening), ""),
            *entries,
            (*closing, "", str(statement.closing), ""),
        ),
    )


def _lines(opening: Decimal, entries: Iterable[LedgerEntry]) -> Iterator[StatementLine]:
    balance, shown = opening, list(entries)
    reversed_ids = {
        entry.refers_to_id for entry in shown if entry.kind == LedgerEntry.Kind.REVERSAL
    }
    for entry in shown:
        balance += entry.amount
        yield StatementLine(entry, balance, entry.pk in reversed_ids)


def _moves(entry: LedgerEntry) -> bool:
    return entry.kind in MOVES


def _local(at: datetime) -> str:
    local = timezone.localtime(at, timezone.get_default_timezone())
    return f"{local:%Y-%m-%d %H:%M:%S}"
