"""What an account's money is doing, in the vendor's words: pending, available, withdrawn, total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum

from commissions.models import Account, LedgerEntry

Kind = LedgerEntry.Kind


@dataclass(frozen=True, slots=True)
class Balances:
    """US dollars still in the holding period, free to withdraw, and asked for or paid."""

    pending: Decimal
    available: Decimal
    withdrawn: Decimal

    @property
    def total(self) -> Decimal:
        """All that was earned: the other three together."""
        return self.pending + self.available + self.withdrawn


def balances(account: Account, at: datetime) -> Balances:
    """Return what the account's money is doing at the moment `at`, in US dollars.

    A commission or correction is pending for HOLDING_DAYS days after it was posted, unless it was
    reversed. One query.
    """
    withdrawals = Q(kind__in=(Kind.WITHDRAWAL, Kind.RETURN))
    held = Q(kind__in=(Kind.COMMISSION, Kind.CORRECTION)) & Q(
        posted_at__gt=at - timedelta(days=settings.HOLDING_DAYS)
    )
    reversals = LedgerEntry.objects.filter(account=account, kind=Kind.REVERSAL)
    sums = LedgerEntry.objects.filter(account=account).aggregate(
        withdrawn=Sum("amount", filter=withdrawals),
        pending=Sum("amount", filter=held & ~Q(pk__in=reversals.values("refers_to"))),
    )
    pending = (sums["pending"] or Decimal(0)) if settings.HOLDING_DAYS else Decimal(0)
    withdrawn = -(sums["withdrawn"] or Decimal(0))
    return Balances(pending, account.balance - pending, withdrawn)
