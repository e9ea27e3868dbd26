"""The audit finds each planted fault and names it, finds nothing where nothing is wrong, and
neither waits for those who post nor makes them wait."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions import audit as ledger_audit
from commissions import explanation, ledger, posting, receipts, withdrawals
from commissions.chain import entry_hash
from commissions.models import Account, BillingDetails, LedgerEntry, Withdrawal, WithdrawalStatus
from commissions.snapshot import Scope, snapshot
from leadportal import triggers
from leads import audit as leads_audit
from leads.management.commands import audit_ledger
from leads.models import DealLine, Lead, LeadCount
from leads.status import Status
from tests.commissions.entries import deal
from tests.commissions.finance import billing
from tests.factories import (
    BUNDLE_5,
    BUSINESS_5,
    LeadFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
)
from tests.race import race

IN_ORDER = "The ledger is in order."


def audited(*arguments: str, **options: object) -> list[str]:
    """Run the command and return the lines it prints, the verdict last."""
    out = StringIO()
    try:
        call_command("audit_ledger", *arguments, stdout=out, stderr=StringIO(), **options)
    except SystemExit as exit_:
        assert exit_.code == 1
        assert "found." in out.getvalue()
    else:
        assert IN_ORDER in out.getvalue()
    return out.getvalue().splitlines()


def found(*arguments: str) -> list[str]:
    """Run the command and return the faults it names."""
    return audited(*arguments)[:-1]


def published(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("publish_heads", *arguments, stdout=out)
    return out.getvalue().splitlines()


class Books:
    """The books of one partner, kept by the real doors: an entry of each kind, and then some.

    1 commission 354.00, 2 its reversal, 3 its correction 424.80, 4 commission 528.00 (two lines),
    5 adjustment -10.00, 6 withdrawal of all, 7 its return, 8 withdrawal of all.
    """

    def __init__(self, owner, finance):
        self.owner, self.finance, self.partner = owner, finance, owner.partner
        self.lead = self.won(BUSINESS_5)
        right = deal(6)
        ledger.correct(
            self.lead.credit,
            explanation=explanation.freeze(right, "rev_share"),
            amount=right.rev_share,
            reason="Wrong lines",
            text="Corrected commission",
            actor=finance,
        )
        self.bundle = self.won(BUNDLE_5)
        ledger.adjust(
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


@pytest.fixture
def books(partner_user, superuser):
    return Books(partner_user, superuser)


@pytest.fixture
def unguarded(books, vendor):
    """The books with nothing in the database that guards them: as an intruder has it."""
    with connection.cursor() as cursor:
        if vendor == "postgresql":
            # What is still to be checked at the end would hold up the changes of the tables.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            triggers.drop("default")
            for model in (LedgerEntry, Lead, Withdrawal):
                for constraint in model._meta.constraints:
                    drop = "INDEX" if getattr(constraint, "condition", None) else "CONSTRAINT"
                    drop_constraint(cursor, model._meta.db_table, constraint.name, drop)
        else:
            triggers.drop("default")
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("DROP INDEX entry_one_adjustment_per_reference")
            cursor.execute("DROP INDEX entry_referred_to_once_per_kind")
    yield books
    if vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    # What dangles is not to be checked when the test is undone.
    transaction.set_rollback(True)


def drop_constraint(cursor, table, name, drop):
    cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
    if cursor.fetchone():
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    else:
        cursor.execute(f'DROP INDEX "{name}"')


# Where nothing is wrong


def test_nothing_is_found_where_nothing_is_wrong(books, stranger, superuser):
    Books(stranger, superuser)
    PartnerFactory()
    assert audited() == ["The ledger is in order. 16 entries checked."]
    kinds = set(books.entries().values_list("kind", flat=True))
    assert kinds == set(LedgerEntry.Kind.values)


def test_an_empty_portal_is_in_order(db):
    assert audited() == ["The ledger is in order. 0 entries checked."]
