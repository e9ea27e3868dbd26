"""The audit beside those who post, and as a shell runs it: what needs commits of its own."""

from io import StringIO
from threading import Event

import pytest
from django.db import InternalError, connection, transaction

from commissions.ledger import audit as ledger_audit
from commissions.ledger.models import Account, LedgerEntry
from commissions.ledger.snapshot import Scope, snapshot
from commissions.management.commands import audit_ledger
from commissions.payouts import withdrawals
from leadportal.db import triggers
from leads import audit as leads_audit
from leads.models import Lead
from tests.factories import BUNDLE_5, BUSINESS_5, PartnerFactory, StaffFactory, UserFactory
from tests.leads.books import Books, audited
from tests.race import race

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_an_empty_portal_is_in_order():
    assert audited() == ["The ledger is in order. 0 entries checked."]


def test_what_is_posted_meanwhile_is_not_taken_for_a_fault():
    finance = StaffFactory(is_superuser=True)
    books = Books(UserFactory(), finance)
    done = Event()

    def post_or_audit(n):
        if n == 0:
            try:
                for _ in range(6):
                    books.won(BUNDLE_5)
                    withdrawals.request(books.owner)
            finally:
                done.set()
            return []
        runs = []
        while not done.is_set() or len(runs) < 2:
            runs.append(audited())
        return runs

    posted, *audits = race(3, post_or_audit)
    assert posted == []
    for runs in audits:
        assert all(len(lines) == 1 for lines in runs), runs
    assert audited() == ["The ledger is in order. 20 entries checked."]


def test_audit_sees_one_state_and_makes_nobody_wait():
    """Whatever is posted, won and counted while it runs: it neither sees nor delays it."""
    finance = StaffFactory(is_superuser=True)
    books = Books(UserFactory(), finance)
    with snapshot():
        assert list(ledger_audit.audit(Scope(), lambda count: None)) == []
        # In another connection, and done before the audit is.
        [lead] = race(1, lambda n: books.won(BUSINESS_5))
        assert isinstance(lead, Lead)
        counted = []
        assert list(ledger_audit.audit(Scope(), counted.append)) == []
        assert counted == [8]
        assert list(leads_audit.audit(Scope())) == []
    assert LedgerEntry.objects.count() == 9
    assert audited() == ["The ledger is in order. 9 entries checked."]


def test_snapshot_only_reads_and_leaves_the_connection_as_it_was(vendor):
    with snapshot():
        Account.objects.count()
        if vendor == "postgresql":
            with pytest.raises(InternalError, match="read-only transaction"):
                PartnerFactory()
    PartnerFactory()
    assert not connection.in_atomic_block
    with pytest.raises(ZeroDivisionError), snapshot():
        raise ZeroDivisionError
    PartnerFactory()
    with transaction.atomic():
        PartnerFactory()


def test_command_ends_with_code_one_and_names_the_entry(tmp_path):
    """As a shell runs it: verdict and names on one side, progress on the other."""
    books = Books(UserFactory(), StaffFactory(is_superuser=True))
    triggers.drop("default")
    books.entries(2).update(text="Something else")
    with pytest.raises(SystemExit) as exit_:
        audit_ledger.Command(stdout=StringIO(), stderr=StringIO()).run_from_argv(
            ["manage.py", "audit_ledger", "--partner", str(books.partner.pk)]
        )
    assert exit_.value.code == 1
