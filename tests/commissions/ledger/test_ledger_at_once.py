"""Many at one of the ledger's doors at once: one does it, the others read that it is done."""

from decimal import Decimal

import pytest
from django.utils import timezone

from commissions.ledger import errors, posting
from commissions.ledger.balances import balances
from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from tests.commissions.entries import credit
from tests.commissions.ledger.test_ledger_entries import adjust, correct, story, withdraw
from tests.factories import PartnerFactory, StaffFactory
from tests.race import race

pytestmark = pytest.mark.database

THREADS = 8


# Credits


@pytest.mark.django_db(transaction=True)
def test_one_lead_credited_by_many_at_once_is_credited_once():
    partner, sales = PartnerFactory(), StaffFactory()
    results = race(THREADS, lambda n: credit(partner, sales))
    entry = LedgerEntry.objects.get()
    posted = [result for result in results if isinstance(result, LedgerEntry)]
    refused = [result for result in results if isinstance(result, errors.AlreadyCredited)]
    assert posted == [entry]
    assert len(refused) == THREADS - 1, results
    assert {refusal.entry for refusal in refused} == {entry}
    assert verify_chain(Account.objects.get()) == []


@pytest.mark.django_db(transaction=True)
def test_one_lead_credited_to_many_partners_at_once_is_credited_once():
    sales = StaffFactory()
    partners = PartnerFactory.create_batch(THREADS)
    results = race(THREADS, lambda n: credit(partners[n], sales))
    entry = LedgerEntry.objects.get()
    assert [result for result in results if isinstance(result, LedgerEntry)] == [entry]
    refused = [result for result in results if isinstance(result, errors.AlreadyCredited)]
    assert len(refused) == THREADS - 1, results
    assert not Account.objects.exclude(pk=entry.account_id).filter(entry_count__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_leads_credited_at_once_leave_one_valid_chain():
    partner, sales = PartnerFactory(), StaffFactory()
    results = race(THREADS, lambda n: credit(partner, sales, f"LD-{n}", agents=n + 1))
    assert all(isinstance(result, LedgerEntry) for result in results), results
    assert sorted(result.number for result in results) == list(range(1, THREADS + 1))
    account = Account.objects.get()
    assert account.balance == sum(result.amount for result in results)
    assert account.balance == Decimal("70.80") * (THREADS * (THREADS + 1) // 2)
    assert account.entry_count == THREADS
    assert verify_chain(account) == []


@pytest.mark.django_db(transaction=True)
def test_entry_being_posted_is_not_taken_for_a_fault():
    partner, sales = PartnerFactory(), StaffFactory()
    account = credit(partner, sales, "LD-FIRST").account
    posting = 10

    def post_or_verify(n):
        if n == 0:
            return [credit(partner, sales, f"LD-{entry}") for entry in range(posting)]
        return [verify_chain(account) for _ in range(posting)]

    posted, *verified = race(2, post_or_verify)
    assert [entry.number for entry in posted] == list(range(2, posting + 2))
    assert verified == [[[]] * posting]


# The other doors


def outcome(results, refusal):
    """The one entry that was posted; every other request was refused so."""
    [posted] = [result for result in results if isinstance(result, LedgerEntry)]
    refused = [result for result in results if isinstance(result, refusal)]
    assert len(refused) == THREADS - 1, results
    assert verify_chain(posted.account) == []
    return posted


@pytest.mark.django_db(transaction=True)
def test_reversing_one_entry_at_once():
    partner, finance = PartnerFactory(), StaffFactory()
    first = credit(partner, finance)
    results = race(THREADS, lambda n: posting.reverse(first, reason="Unpaid", actor=finance))
    posted = outcome(results, errors.AlreadyPosted)
    assert list(first.referred_by.all()) == [posted]
    assert Account.objects.get().balance == 0


@pytest.mark.django_db(transaction=True)
def test_correcting_one_entry_at_once():
    partner, finance = PartnerFactory(), StaffFactory()
    first = credit(partner, finance)
    outcome(race(THREADS, lambda n: correct(first, finance)), errors.AlreadyPosted)
    assert [kind for _, kind, *_ in story(partner)] == ["commission", "reversal", "correction"]
    assert Account.objects.get().balance == Decimal("283.20")


@pytest.mark.django_db(transaction=True)
def test_adjusting_under_one_reference_at_once():
    partner, finance = PartnerFactory(), StaffFactory()
    outcome(race(THREADS, lambda n: adjust(partner, "5.00", finance)), errors.AlreadyPosted)
    assert Account.objects.get().balance == Decimal("5.00")


@pytest.mark.django_db(transaction=True)
def test_adjusting_many_accounts_under_one_reference_at_once():
    partners, finance = PartnerFactory.create_batch(THREADS), StaffFactory()
    results = race(THREADS, lambda n: adjust(partners[n], "5.00", finance))
    posted = outcome(results, errors.AlreadyPosted)
    assert LedgerEntry.objects.get() == posted
    assert not Account.objects.exclude(pk=posted.account_id).exists()


@pytest.mark.django_db(transaction=True)
def test_withdrawing_the_full_balance_concurrently():
    partner, finance = PartnerFactory(), StaffFactory()
    credit(partner, finance)
    results = race(THREADS, lambda n: withdraw(partner, "354.00", finance, f"W-{n}"))
    outcome(results, errors.AmountRefused)
    assert Account.objects.get().balance == 0


@pytest.mark.django_db(transaction=True)
def test_withdrawing_under_one_number_at_once():
    partner, finance = PartnerFactory(), StaffFactory()
    credit(partner, finance)
    outcome(race(THREADS, lambda n: withdraw(partner, "10.00", finance)), errors.AlreadyPosted)
    assert Account.objects.get().balance == Decimal("344.00")


@pytest.mark.django_db(transaction=True)
def test_giving_one_withdrawal_back_at_once():
    partner, finance = PartnerFactory(), StaffFactory()
    credit(partner, finance)
    taken = withdraw(partner, "354.00", finance)
    results = race(THREADS, lambda n: posting.give_back(taken, reason="Bounced", actor=finance))
    outcome(results, errors.AlreadyPosted)
    assert Account.objects.get().balance == Decimal("354.00")


# Read while entries are posted


@pytest.mark.django_db(transaction=True)
def test_figures_fit_each_other_while_entries_are_posted():
    """Withdrawn and returned over and over, the total never moves."""
    partner, finance = PartnerFactory(), StaffFactory()
    account = credit(partner, finance).account

    def post_or_read(n):
        if n == 0:
            for i in range(15):
                taken = withdraw(partner, "354.00", finance, f"W-{i}")
                posting.give_back(taken, reason="Bounced", actor=finance)
            return set()
        return {balances(account, timezone.now()).total for _ in range(60)}

    written, *read = race(3, post_or_read)
    assert written == set(), written
    assert all(totals == {Decimal("354.00")} for totals in read), read
    assert LedgerEntry.objects.count() == 31
