"""What the partner will be told, shown before it is posted: by the templates that tell it."""

from dataclasses import dataclass
from decimal import Decimal

from django.core.mail import EmailMultiAlternatives

from commissions.ledger import emails
from commissions.ledger.models import Account, LedgerEntry
from leadportal.partners.access import owners_of
from leadportal.partners.models import User

UNWRITTEN = "…"  # stands for a reason that nobody has typed yet


@dataclass(frozen=True, slots=True)
class Told:
    """The mail to each of `owners`, and the balance, US dollars, before and after."""

    owners: list[User]
    mail: EmailMultiAlternatives
    balance: Decimal
    balance_after: Decimal

    @property
    def words(self) -> str:
        """Whom the mail has reached, for the word after posting."""
        if not self.owners:
            return "The organisation has no owner who signs in: nobody was told."
        names = ", ".join(str(owner) for owner in self.owners)
        return f"Told by mail: {names}."


def told(entry: LedgerEntry, reason: str, change: Decimal) -> Told:
    """Return what posting the unsaved `entry` would tell, and do to its account's balance.

    `change` is in US dollars; a correction changes it by less than its own amount.
    """
    account: Account = entry.account
    owners = owners_of(account.partner)
    mail = emails.posted(entry, reason.strip() or UNWRITTEN, to=owners[0].email if owners else "")
    return Told(owners, mail, account.balance, account.balance + change)
