"""Balances of an account: pending, available, withdrawn and total."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet, Subquery, Sum
from django.utils import timezone

from commissions.ledger.models import Account, LedgerEntry

Kind = LedgerEntry.Kind


@dataclass(frozen=True, slots=True)
class Balances:
    """US dollars still in the holding period, free to withdraw, and requested or paid.

    `available` is below zero if a credit was reversed after its money was withdrawn.
    """

    pending: Decimal
    available: Decimal
    withdrawn: Decimal

    @property
    def total(self) -> Decimal:
        """Everything earned: the other three added together."""
        return self.pending + self.available + self.withdrawn


@dataclass(frozen=True, slots=True)
class Due:
    """US dollars that become available on a day."""

    available_on: date
    amount: Decimal


NO_MONEY = Balances(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


def balances(account: Account, at: datetime) -> Balances:
    """Return the account's balances at the moment `at`, in US dollars.

    A lead's credit is pending before its `available_on`, net of its reversals, which have the same
    day. Adjustments are never pending. One query, so that the figures are consistent while entries
    are being posted.
    """
    entries = LedgerEntry.objects.filter(account=account)
    withdrawals = entries.filter(kind__in=(Kind.WITHDRAWAL, Kind.RETURN))
    sums = {"withdrawn": _sum(withdrawals), "pending": _sum(_pending(account, at))}
    found: dict[str, Decimal | None]
    found = Account.objects.annotate(**sums).values("balance", *sums).get(pk=account.pk)
    total, withdrawn, pending = (
        found.get(name) or Decimal("0.00") for name in ("balance", "withdrawn", "pending")
    )
    return Balances(pending, total - pending, -withdrawn)


def due(account: Account, at: datetime) -> list[Due]:
    """Return what is pending at the moment `at`, by the day on which it becomes available."""
    by_day = _pending(account, at).order_by("available_on").values("available_on")
    sums = by_day.annotate(amount=Sum("amount")).exclude(amount=0)
    return [Due(**row) for row in sums]


def _pending(account: Account, at: datetime) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(
        account=account,
        kind__in=(Kind.COMMISSION, Kind.REVERSAL, Kind.CORRECTION),
        available_on__gt=timezone.localdate(at),
    )


def _sum(entries: QuerySet[LedgerEntry]) -> Subquery:
    of_account = entries.order_by().values("account")
    return Subquery(of_account.annotate(sum=Sum("amount")).values("sum"))
