"""Which corrections and adjustments one person may not post alone, and how they are requested."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum
from django.db.models.functions import Abs
from django.urls import reverse
from django.utils.text import Truncator

from commissions.ledger.credits import CurrentCredit, entries_of
from commissions.ledger.models import Account, LedgerEntry
from leadportal.approvals import decisions
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.models import User

# Adjustments of one account by one person within so many days count together, so that a large
# amount cannot be posted in parts.
DAYS = 30
UNUSUAL_CORRECTION = Decimal("1.5")  # times the entry that is replaced


def why_adjustment(account: Account, amount: Decimal, actor: User, at: datetime) -> list[str]:
    """Return why `actor` may not adjust the account by `amount` (US dollars) alone, else []."""
    limit = settings.ADJUSTMENT_APPROVAL_LIMIT
    before = LedgerEntry.objects.filter(
        account=account.pk,
        kind=LedgerEntry.Kind.ADJUSTMENT,
        posted_by=actor,
        approval=None,
        posted_at__gt=at - timedelta(days=DAYS),
    )
    posted = before.aggregate(sum=Sum(Abs("amount")))["sum"] or Decimal(0)
    if abs(amount) + posted <= limit:
        return []
    if not posted:
        return [f"The adjustment of {usd(amount)} is above the limit of {usd(limit)}."]
    return [
        f"The adjustment of {usd(amount)}, together with {usd(posted)} that {actor} has adjusted "
        f"here in the last {DAYS} days, is above the limit of {usd(limit)}."
    ]


def why_correction(entry: LedgerEntry, amount: Decimal) -> list[str]:
    """Return why one person may not correct `entry` to `amount` (US dollars) alone, else []."""
    limit, factor = settings.CREDIT_APPROVAL_LIMIT, settings.ESTIMATE_APPROVAL_FACTOR
    reasons = []
    if amount > limit:
        reasons.append(f"The commission of {usd(amount)} is above the limit of {usd(limit)}.")
    credit = CurrentCredit.of(entries_of([entry.reference]))
    first = credit.commission if credit else entry
    if amount > first.amount * factor:
        reasons.append(
            f"The commission of {usd(amount)} is more than {factor} times the "
            f"{usd(first.amount)} credited first."
        )
    return reasons


def unusual_adjustment(account: Account, amount: Decimal) -> list[str]:
    """Return a warning if more is added than the partner was ever credited for one lead."""
    if amount <= 0:
        return []
    commissions = LedgerEntry.objects.filter(account=account.pk, kind=LedgerEntry.Kind.COMMISSION)
    largest = commissions.aggregate(largest=Max("amount"))["largest"]
    if largest is None or amount <= largest:
        return []
    return [f"This is more than the partner's largest commission so far, {usd(largest)}."]


def unusual_correction(entry: LedgerEntry, amount: Decimal) -> list[str]:
    """Return a warning if the commission is much more than the entry that it replaces."""
    if amount <= entry.amount * UNUSUAL_CORRECTION:
        return []
    return [
        f"The commission of {usd(amount)} is more than {UNUSUAL_CORRECTION} times the "
        f"{usd(entry.amount)} that it replaces. Check the agents and prices."
    ]


def request_adjustment(
    kind: Kind,
    account: Account,
    amount: Decimal,
    reason: str,
    reference: str,
    why: list[str],
    actor: User,
) -> Approval:
    """Store the adjustment of the locked account for a second person, and return the request."""
    changed = "added to" if amount > 0 else "deducted from"
    return decisions.request(
        decisions.Request(
            kind=kind,
            subject=reference,
            label=f"{reference}, {Truncator(account.partner.name).chars(150)}",
            link=reverse("admin:commissions_account_change", args=[account.pk]),
            summary=f"{usd(abs(amount))} is {changed} the account of "
            f"{Truncator(account.partner.name).chars(120)}. {' '.join(why)}",
            reason=reason,
            amount=amount,
            data={"partner": account.partner_id},
        ),
        actor,
    )


def request_correction(
    kind: Kind,
    entry: LedgerEntry,
    amount: Decimal,
    words: str,
    reason: str,
    why: list[str],
    actor: User,
    data: dict[str, Any],
) -> Approval:
    """Store the correction of `entry` for a second person, and return the request.

    `words` say how `amount` is computed; `data` is what the correction is posted from.
    """
    return decisions.request(
        decisions.Request(
            kind=kind,
            subject=entry.reference,
            label=f"Entry {entry.number}, {Truncator(entry.account.partner.name).chars(150)}",
            link=reverse("admin:commissions_ledgerentry_change", args=[entry.pk]),
            summary=Truncator(
                f"Entry {entry.number} of {usd(entry.amount)} is replaced by {usd(amount)}: "
                f"{words}. {' '.join(why)}"
            ).chars(500),
            reason=reason,
            amount=amount,
            data={"entry": entry.pk, **data},
        ),
        actor,
    )
