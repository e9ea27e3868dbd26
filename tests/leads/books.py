"""The books of a partner, and the audit of them as the tests ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.db import connection, transaction

from commissions import explanation
from commissions.ledger import posting
from commissions.ledger.chain import entry_hash
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts import withdrawals
from commissions.payouts.models import Withdrawal, WithdrawalEvent
from leadportal.db import triggers
from leads.models import Lead
from leads.status import Status
from tests.commissions.entries import deal, frozen
from tests.commissions.finance import billing
from tests.factories import BUNDLE_5, BUSINESS_5, LeadFactory

IN_ORDER = "The ledger is in order."


def audited(*arguments: str, **options: object) -> list[str]:
    """Run the command and return the lines it prints, the verdict last."""
    out, code = StringIO(), 0
    try:
        call_command("audit_ledger", *arguments, stdout=out, stderr=StringIO(), **options)
    except SystemExit as stop:
        code = stop.code
    lines = out.getvalue().splitlines()
    assert code == (0 if lines[-1].startswith(IN_ORDER) else 1)
    return lines


def found(*arguments: str) -> list[str]:
    """Run the command and return the faults it names."""
    return audited(*arguments)[:-1]


class Books:
    """The books of one partner, kept by the real doors: an entry of each kind, and then some.

    1 commission 354.00, 2 its reversal, 3 its correction 424.80, 4 commission 528.00 (two lines),
    5 adjustment -10.00, 6 withdrawal of all, 7 its return, 8 withdrawal of all.
    """

    def __init__(self, owner, finance):
        self.owner, self.finance, self.partner = owner, finance, owner.partner
        self.lead = self.won(BUSINESS_5)
        right = deal(6)
        first = explanation.signing_of(self.lead.credit.explanation).credited_on
        posting.correct(
            self.lead.credit,
            explanation=frozen(right, day=first),
            amount=right.rev_share,
            reason="Wrong lines",
            text="Corrected commission",
            actor=finance,
        )
        self.bundle = self.won(BUNDLE_5)
        posting.adjust(
            self.partner,
            amount=Decimal("-10.00"),
            reason="Transfer fee",
            reference=f"A-{self.partner.pk}",
            actor=finance,
        )
        billing(owner)
        first = withdrawals.request(owner)
        chosen = Withdrawal.objects.filter(pk=first.pk)
        withdrawals.mark_paid(chosen, "PAYPAL-1", finance)
        withdrawals.give_back(chosen, "It bounced", finance)
        withdrawals.request(owner)
        for status in (Status.SUBMITTED, Status.REJECTED, Status.LOST):
            LeadFactory(partner=self.partner, submitted_by=owner, status=status)

    def won(self, lines):
        return LeadFactory(
            partner=self.partner, submitted_by=self.owner, status=Status.WON, lines=lines
        )

    @property
    def account(self):
        return Account.objects.get(partner=self.partner)

    def entry(self, number):
        return LedgerEntry.objects.get(account=self.account, number=number)

    def entries(self, *numbers):
        entries = LedgerEntry.objects.filter(account=self.account)
        return entries.filter(number__in=numbers) if numbers else entries

    def rehash(self):
        """Make the whole chain anew over what it now holds, account and all."""
        head, balance, number = "", Decimal(0), 0
        for number, entry in enumerate(self.entries().order_by("number"), start=1):
            entry.number, entry.previous_hash = number, head
            head = entry_hash(entry)
            self.entries().filter(pk=entry.pk).update(
                number=number, previous_hash=entry.previous_hash, hash=head
            )
            balance += entry.amount
        Account.objects.filter(pk=self.account.pk).update(
            entry_count=number, head_hash=head, balance=balance
        )


@contextmanager
def unguarded() -> Iterator[None]:
    """Take away all that guards the tables: as an intruder has them. The test is undone."""
    _unguard()
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    # What dangles is not to be checked when the test is undone.
    transaction.set_rollback(True)


def _unguard() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What is still to be checked at the end would hold up the changes of the tables.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            triggers.drop("default")
            for model in (LedgerEntry, Lead, Withdrawal):
                for constraint in model._meta.constraints:
                    drop = "INDEX" if getattr(constraint, "condition", None) else "CONSTRAINT"
                    _drop_constraint(cursor, model._meta.db_table, constraint.name, drop)
        else:
            triggers.drop("default")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("DROP INDEX entry_one_adjustment_per_reference")
            cursor.execute("DROP INDEX entry_referred_to_once_per_kind")


def _drop_constraint(cursor, table, name, drop):
    cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
    if cursor.fetchone():
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    else:
        cursor.execute(f'DROP INDEX "{name}"')


def delete_withdrawals(**chosen: object) -> None:
    """Delete withdrawals with their history."""
    gone = Withdrawal.objects.filter(**chosen)
    WithdrawalEvent.objects.filter(withdrawal__in=gone).delete()
    gone.delete()


def append(books, kind, amount, reference, content, refers_to=None):
    """Append an entry as the ledger's own code would, past what the ledger refuses."""
    return posting.post(
        posting.locked_account(books.partner),
        kind=kind,
        amount=Decimal(amount),
        reference=reference,
        text="Past the door",
        explanation=content,
        actor=books.finance,
        refers_to=refers_to,
    )
