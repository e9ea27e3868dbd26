"""What a partner earned, month by month."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Min, Q, Sum

from commissions.ledger.models import Account, LedgerEntry
from commissions.statements.periods import Period, months_until

MONTHS = 12

# What moves money that was earned before
MOVES = (LedgerEntry.Kind.WITHDRAWAL, LedgerEntry.Kind.RETURN)


@dataclass(frozen=True, slots=True)
class Earned:
    """A month's earnings in US dollars; below zero if more was reversed than credited."""

    month: Period
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Earnings:
    """The last twelve months in their order, and when the account's first entry was posted."""

    months: list[Earned]
    since: datetime | None


def earnings(account: Account, at: datetime) -> Earnings:
    """Return what the account earned in each of the MONTHS months up to that of `at`.

    Earned is everything except withdrawals and their returns: commissions and corrections, less
    reversals, and adjustments of either sign, each in the month it was posted. So all months
    together are the `total` of `commissions.ledger.balances`. One query.
    """
    months = months_until(Period.month_of(at), MONTHS)
    is_earned = ~Q(kind__in=MOVES)
    sums = LedgerEntry.objects.filter(account=account).aggregate(
        since=Min("posted_at"),
        **{
            f"month_{index}": Sum(
                "amount", filter=is_earned & Q(posted_at__gte=month.start, posted_at__lt=month.end)
            )
            for index, month in enumerate(months)
        },
    )
    return Earnings(
        [
            Earned(month, sums[f"month_{index}"] or Decimal("0.00"))
            for index, month in enumerate(months)
        ],
        sums["since"],
    )
