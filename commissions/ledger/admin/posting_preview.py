"""What posting an entry will do: the account's balance, and the email to its owners."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.mail import EmailMultiAlternatives

from commissions.ledger import emails
from commissions.ledger.models import Account, LedgerEntry
from leadportal.partners.access import owners_of
from leadportal.partners.models import User

NO_REASON_YET = "…"


@dataclass(frozen=True, slots=True)
class PostingPreview:
    """The email to each of `owners`, and the balance in US dollars before and after."""

    owners: list[User]
    email: EmailMultiAlternatives
    balance: Decimal
    balance_after: Decimal

    @property
    def summary(self) -> str:
        """Who was notified, for the message after posting."""
        if not self.owners:
            return "The organization has no active owner, so no email was sent."
        return f"Email sent to {', '.join(str(owner) for owner in self.owners)}."


def posting_preview(entry: LedgerEntry, reason: str, change: Decimal) -> PostingPreview:
    """Return what posting the unsaved `entry` would do.

    `change` is the change of the balance in US dollars: for a correction it is less than its
    amount.
    """
    account: Account = entry.account
    owners = owners_of(account.partner)
    to = owners[0].email if owners else ""
    email = emails.posted(entry, reason.strip() or NO_REASON_YET, to=to)
    return PostingPreview(owners, email, account.balance, account.balance + change)
