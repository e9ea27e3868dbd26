"""Errors of the ledger, with messages for the person who acted."""

from datetime import datetime
from decimal import Decimal

from commissions import explanation as explanations
from commissions.ledger.models import LedgerEntry
from leadportal.money import CENT, usd
from leadportal.ui.formats import date_and_time

# Far above any deal; the sum of thousands of such entries still fits the database.
MOST = Decimal("999_999_999_999.99")


class LedgerError(Exception):
    """Something that the ledger refuses."""


class AmountRefused(LedgerError):
    """An amount that does not fit: zero, of the wrong sign, or more than is available."""


class NotExplained(LedgerError):
    """An amount that does not follow from its explanation."""


class EntryRefused(LedgerError):
    """An entry that lacks its reference or its text, or one that does not fit."""


class BrokenChain(LedgerError):
    """The account does not name its last entry, so nothing may be posted after it."""


class ClockBehind(LedgerError):
    """The server's clock is minutes behind the account's last entry."""

    def __init__(self, head: LedgerEntry, now: datetime) -> None:
        super().__init__(
            f"Nothing can be posted to the account of {head.account.partner} now: its last entry "
            f"is of {date_and_time(head.posted_at)}, but the server's clock says "
            f"{date_and_time(now)}. Ask an administrator to check the clock, then try again."
        )


class AlreadyPosted(LedgerError):
    """The same was posted before, as `entry`."""

    def __init__(self, entry: LedgerEntry, what: str) -> None:
        self.entry = entry
        posted = date_and_time(entry.posted_at)
        super().__init__(
            f"{what}: entry {entry.number}, {usd(entry.amount)}, {posted}, by {entry.posted_by}."
        )


class AlreadyCredited(AlreadyPosted):
    """The lead's commission was already credited."""

    def __init__(self, entry: LedgerEntry) -> None:
        super().__init__(entry, f"{entry.reference} was already credited")


def words_of(reason: str) -> str:
    """Return the reason on one line. Raises EntryRefused if it is empty."""
    words = " ".join(reason.split())
    if not words:
        raise EntryRefused("Give a reason. The partner will read it.")
    return words


def require_dollars(amount: Decimal) -> None:
    """Raise AmountRefused unless `amount` is a Decimal of whole cents that an entry can hold."""
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise AmountRefused(f"An amount is a Decimal of US dollars, such as 59.00, not {amount!r}.")
    if abs(amount) > MOST:
        raise AmountRefused(f"An amount is at most {usd(MOST)}.")
    if amount % CENT:
        raise AmountRefused(f"An amount has at most two decimals, unlike {amount}.")


def require_payable(amount: Decimal, what: str = "A commission") -> None:
    """Raise AmountRefused unless `amount` is a Decimal above zero."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0:
        raise AmountRefused(f"{what} is an amount of US dollars above zero, not {amount!r}.")


def require_explained(amount: Decimal, explanation: str) -> explanations.Credit:
    """Return the credit that the explanation comes to.

    Raises NotExplained unless it comes to `amount`.
    """
    try:
        explained = explanations.recompute_credit(explanation)
    except (explanations.Unreadable, explanations.Inconsistent) as error:
        raise NotExplained(str(error)) from error
    if explained.amount != amount:
        raise NotExplained(f"The explanation comes to {usd(explained.amount)}, not to {amount}.")
    return explained
