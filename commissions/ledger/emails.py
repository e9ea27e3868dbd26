"""Emails to a partner's owners about entries that finance posts."""

from django.core.mail import EmailMultiAlternatives

from commissions import explanation
from commissions.ledger.models import LedgerEntry
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.partners.access import owners_of


def send_posted(entry: LedgerEntry, reason: str) -> None:
    """Queue the email about a reversal, correction or adjustment to the owners."""
    owners = owners_of(entry.account.partner)
    outbox.queue(
        [posted(entry, reason, owner.email) for owner in owners],
        shown_with="commissions.view_ledgerentry",
    )


def posted(entry: LedgerEntry, reason: str, to: str) -> EmailMultiAlternatives:
    """Return the unsent email about a reversal, correction or adjustment; `reason` is finance's.

    Of the entry it reads kind, amount, reference, what it refers to, and a correction's
    explanation and day.
    """
    context = {"entry": entry, "reason": " ".join(reason.split()), "steps": _steps(entry)}
    return compose(f"commissions/mail/entry_{entry.kind}", context, to=to)


def _steps(entry: LedgerEntry) -> list[str]:
    # A correction's last steps say what it replaces and why; the email says so already.
    if entry.kind != LedgerEntry.Kind.CORRECTION:
        return []
    return explanation.own_steps(entry.explanation)
