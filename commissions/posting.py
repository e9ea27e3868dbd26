"""How an entry comes to stand on an account; called by `commissions.ledger` alone."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import Truncator

from commissions.chain import entry_hash
from commissions.models import Account, LedgerEntry
from commissions.refusals import BrokenChain, EntryRefused, LedgerError
from leadportal.partners.models import Partner, User

__all__ = ["BrokenChain", "EntryRefused", "LedgerError", "line_of_text", "locked_account", "post"]

TEXT_LENGTH = 200  # of an entry's text


def locked_account(partner: Partner) -> Account:
    """Return the partner's account, made if it is new, locked until the transaction ends."""
    # Made with the first entry. Two who make it at once end up locking the same row.
    accounts = Account.objects.select_for_update().filter(partner=partner)
    account = accounts.first()
    if account is None:
        # By id: the partner at hand must not come to hold an account that was never read.
        Account.objects.bulk_create([Account(partner_id=partner.pk)], ignore_conflicts=True)
        account = accounts.get()
    return account


def line_of_text(words: str) -> str:
    """Return `words` cut to what an entry's text holds; the explanation keeps them whole."""
    return Truncator(words).chars(TEXT_LENGTH)


def post(
    account: Account,
    *,
    kind: str,
    amount: Decimal,
    reference: str,
    text: str,
    explanation: str,
    actor: User,
    refers_to: LedgerEntry | None = None,
) -> LedgerEntry:
    """Append an entry to a locked account, in the same transaction as its balance and head."""
    head = _head(account)
    entry = LedgerEntry(
        account=account,
        number=account.entry_count + 1,
        kind=kind,
        amount=amount,
        reference=reference,
        text=text,
        explanation=explanation,
        refers_to=refers_to,
        # Read under the lock, so that time follows the numbers; a clock set back does not undo it.
        posted_at=max(timezone.now(), head.posted_at) if head else timezone.now(),
        posted_by=actor,
        previous_hash=account.head_hash,
    )
    entry.hash = entry_hash(entry)
    _require_fitting(entry)
    entry.save(force_insert=True)
    account.balance += amount
    account.entry_count = entry.number
    account.head_hash = entry.hash
    account.save(update_fields=("balance", "entry_count", "head_hash"))
    return entry


def _require_fitting(entry: LedgerEntry) -> None:
    # SQLite would take a text of any length.
    try:
        entry.clean_fields(exclude=("account", "posted_by", "refers_to"))
    except ValidationError as error:
        problems = (f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())
        raise EntryRefused(" ".join(problems)) from error


def _head(account: Account) -> LedgerEntry | None:
    head = LedgerEntry.objects.filter(account=account).order_by("-number").first()
    found = (head.number, head.hash) if head else (0, "")
    if found != (account.entry_count, account.head_hash):
        raise BrokenChain(
            f"Nothing can be posted to the account of {account.partner}: its last entry is not the "
            "one it should be. Its chain must be looked into first."
        )
    return head
