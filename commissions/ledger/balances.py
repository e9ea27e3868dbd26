"""Balances of an account: pending, available, withdrawn and total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet, Subquery, Sum

from commissions.ledger.models import Account, LedgerEntry

Kind = LedgerEntry.Kind


@dataclass(frozen=True, slots=True)
class Balances:
    """US dollars still in the holding period, free to withdraw, and asked for or paid.

    `available` is below zero where a credit was reversed after its money was withdrawn.
    """

    pending: Decimal
    available: Decimal
    withdrawn: Decimal

    @property
    def total(self) -> Decimal:
        """Everything earned: the other three added together."""
        return self.pending + self.available + self.withdrawn


NO_MONEY = Balances(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))


def balances(account: Account, at: datetime) -> Balances:
    """Return the account's balances at the moment `at`, in US dollars.

    What a lead was credited with is pending for HOLDING_DAYS times 24 hours after its commission
    was posted, net of its reversals; a correction waits no longer than what it replaces.
    Adjustments are never pending. One query, so that the figures fit each other while entries are
    being posted.
    """
    entries = LedgerEntry.objects.filter(account=account)
    withdrawals = entries.filter(kind__in=(Kind.WITHDRAWAL, Kind.RETURN))
    sums = {"withdrawn": _sum(withdrawals)}
    if settings.HOLDING_DAYS:
        held = entries.filter(posted_at__gt=at - timedelta(days=settings.HOLDING_DAYS))
        leads = held.filter(kind=Kind.COMMISSION).values("reference")
        of_leads = (Kind.COMMISSION, Kind.REVERSAL, Kind.CORRECTION)
        sums["pending"] = _sum(held.filter(kind__in=of_leads, reference__in=leads))
    found: dict[str, Decimal | None]
    found = Account.objects.annotate(**sums).values("balance", *sums).get(pk=account.pk)
    total, withdrawn, pending = (
        found.get(name) or Decimal("0.00") for name in ("balance", "withdrawn", "pending")
    )
    return Balances(pending, total - pending, -withdrawn)


def _sum(entries: QuerySet[LedgerEntry]) -> Subquery:
    of_account = entries.order_by().values("account")
    return Subquery(of_account.annotate(sum=Sum("amount")).values("sum"))
