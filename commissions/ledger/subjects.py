"""What the entries of a reference are about: the ledger itself knows only references.

The package that knows more, such as leads, registers a Subject.
"""

from datetime import date
from typing import Any, Protocol

from django.core.mail import EmailMultiAlternatives
from django.http import QueryDict

from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import User


class Following(Protocol):
    """What else the page that reverses an entry asks for, and does together with the reversal."""

    form: Any  # its fields stand below the reason of the reversal

    @property
    def email(self) -> EmailMultiAlternatives | None:
        """The unsent email about it as typed so far, None if none will be sent."""

    @property
    def summary(self) -> str:
        """What was done besides the reversal, for the message afterwards."""

    def reverse(self, entry: LedgerEntry, reason: str, actor: User) -> LedgerEntry:
        """Reverse the entry with all that follows, in one transaction; return the reversal.

        The form is valid. Raises LedgerError.
        """


class Subject:
    """What a reference names. The package that owns it overrides the methods."""

    def lock(self, reference: str) -> None:
        """Lock it until the transaction ends; called before the account is locked."""

    def why_not_credited(self, entry: LedgerEntry) -> str:
        """Return why it prevents the entry from being corrected, "" if it does not."""
        return ""

    def approved_on(self, entry: LedgerEntry) -> date | None:
        """Return the day before which no deal can be signed for it, None where there is none."""
        return None

    def following(
        self, entry: LedgerEntry, actor: User, typed: QueryDict | None
    ) -> Following | None:
        """Return what to ask when `actor` reverses the entry, None where nothing depends on it."""
        return None


_registered: list[Subject] = []


def register(subject: Subject) -> None:
    """Register the subject that the ledger consults. Raises ValueError if there is another one."""
    if any(type(known) is not type(subject) for known in _registered):
        raise ValueError("Another subject of the ledger is registered.")
    _registered[:] = [subject]


def lock(reference: str) -> None:
    """Lock what the reference names; everybody does so before locking its account."""
    for subject in _registered:
        subject.lock(reference)


def why_not_credited(entry: LedgerEntry) -> str:
    """Return why its subject prevents the entry from being corrected, "" if it does not."""
    reasons = (subject.why_not_credited(entry) for subject in _registered)
    return next(filter(None, reasons), "")


def earliest_signing(entry: LedgerEntry, signed_on: date) -> date | None:
    """Return the first day that a correction of the entry may be signed on, None for any.

    That is the day its subject was approved, but not later than `signed_on`, as it stands.
    """
    days = (subject.approved_on(entry) for subject in _registered)
    approved_on = next(filter(None, days), None)
    return min(approved_on, signed_on) if approved_on else None


def following(entry: LedgerEntry, actor: User, typed: QueryDict | None) -> Following | None:
    """Return what to ask besides the reason when the entry is reversed, None for nothing."""
    found = (subject.following(entry, actor, typed) for subject in _registered)
    return next(filter(None, found), None)
