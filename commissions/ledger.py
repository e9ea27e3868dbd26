"""The only door to the entries. What is posted here is never changed and never deleted."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from commissions import explanation as explanations
from commissions.chain import entry_hash
from commissions.models import Account, LedgerEntry
from leadportal.money import usd
from leadportal.partners.models import Partner, User

Kind = LedgerEntry.Kind


class LedgerError(Exception):
    """Something that the ledger refuses, in words for the person who asked."""


class AmountRefused(LedgerError):
    """A commission that is not above zero."""


class NotExplained(LedgerError):
    """An amount that its explanation does not come to."""


class EntryRefused(LedgerError):
    """An entry that lacks its reference or its text, or one that does not fit."""


class BrokenChain(LedgerError):
    """The account's last entry is not the one it names: nothing is built on that."""


class AlreadyCredited(LedgerError):
    """The lead has its commission already; `entry` is the one that credited it."""

    def __init__(self, entry: LedgerEntry) -> None:
        self.entry = entry
        posted = date_format(timezone.localtime(entry.posted_at), "j M Y, H:i")
        super().__init__(
            f"{entry.reference} was credited already: entry {entry.number}, "
            f"{usd(entry.amount)}, {posted}, by {entry.posted_by}."
        )


def credit(
    partner: Partner, *, reference: str, explanation: str, amount: Decimal, text: str, actor: User
) -> LedgerEntry:
    """Credit the partner with a won lead's commission and return the entry.

    `reference` is the lead's, `explanation` comes from `explanation.freeze` and must come to
    `amount`, US dollars above zero; `text` is for people, at most 200 characters. Joins the
    caller's transaction and holds the account's lock until that ends: who credits several accounts
    in one transaction takes them in one order. Raises AmountRefused, NotExplained, AlreadyCredited,
    EntryRefused or BrokenChain.
    """
    _require_payable(amount)
    _require_explained(amount, explanation)
    try:
        with transaction.atomic():
            account = _locked_account(partner)
            credited = _commission_for(reference)
            if credited is not None:
                raise AlreadyCredited(credited)
            return _post(
                account,
                kind=Kind.COMMISSION,
                amount=amount,
                reference=reference,
                text=text,
                explanation=explanation,
                actor=actor,
            )
    except IntegrityError as error:
        # The lock is one account's. Through another, the reference may have come in between.
        credited = _commission_for(reference)
        if credited is None:
            raise
        raise AlreadyCredited(credited) from error


def _require_payable(amount: Decimal) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0:
        raise AmountRefused(f"A commission is an amount of US dollars above zero, not {amount!r}.")


def _require_explained(amount: Decimal, explanation: str) -> None:
    try:
        explained = explanations.recompute(explanation)
    except (explanations.Unreadable, explanations.Inconsistent) as error:
        raise NotExplained(str(error)) from error
    if explained != amount:
        raise NotExplained(f"The explanation comes to {usd(explained)}, not to {amount}.")


def _commission_for(reference: str) -> LedgerEntry | None:
    return (
        LedgerEntry.objects.filter(kind=Kind.COMMISSION, reference=reference)
        .select_related("posted_by")
        .first()
    )


def _locked_account(partner: Partner) -> Account:
    # Made with the first entry. Two who make it at once end up locking the same row.
    accounts = Account.objects.select_for_update().filter(partner=partner)
    account = accounts.first()
    if account is None:
        # By id: the partner at hand must not come to hold an account that was never read.
        Account.objects.bulk_create([Account(partner_id=partner.pk)], ignore_conflicts=True)
        account = accounts.get()
    return account


def _post(
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
