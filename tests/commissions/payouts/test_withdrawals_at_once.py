"""Withdrawals asked for, claimed, paid and returned by many at once: each of them once."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts import emails
from commissions.payouts.models import PaymentBatch, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused, claim, give_back, mark_paid, request
from leadportal.mail.models import OutgoingMail
from tests.commissions.entries import credit
from tests.commissions.finance import all_of, many, owner_with_money, requested
from tests.factories import UserFactory
from tests.race import race

pytestmark = pytest.mark.database

THREADS = 8


@pytest.fixture
def crowd(vendor):
    """Twenty where they do meet, on PostgreSQL; SQLite lets one at a time write."""
    return 20 if vendor == "postgresql" else THREADS


# Eligibility


@pytest.mark.django_db(transaction=True)
def test_request_that_is_rolled_back_leaves_no_gap(monkeypatch):
    first, second = owner_with_money(), owner_with_money()

    def fail(withdrawal):
        raise OSError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(emails, "send_requested", fail)
        with pytest.raises(OSError, match="disk is full"):
            request(first)
    assert not LedgerEntry.objects.filter(kind="withdrawal").exists()
    assert Account.objects.get(partner=first.partner).balance == Decimal("354.00")
    assert request(second).number.endswith("-0001")
    assert request(first).number.endswith("-0002")


@pytest.mark.django_db(transaction=True)
def test_a_crowd_asking_for_one_balance_withdraws_it_once(crowd):
    owner = owner_with_money()
    colleagues = [owner, *(UserFactory(partner=owner.partner) for _ in range(crowd - 1))]
    results = race(crowd, lambda n: request(colleagues[n]))
    withdrawal = Withdrawal.objects.get()
    assert [result for result in results if result == withdrawal] == [withdrawal]
    refused = [result for result in results if isinstance(result, WithdrawalRefused)]
    assert len(refused) == crowd - 1, results
    account = Account.objects.get()
    assert account.balance == 0
    assert verify_chain(account) == []


@pytest.mark.django_db(transaction=True)
def test_partners_requesting_at_once_are_numbered_without_gaps():
    owners = [owner_with_money() for _ in range(THREADS)]

    def ask(n):
        with transaction.atomic():
            withdrawal = request(owners[n])
            if n % 4 == 0:
                raise RuntimeError("changed my mind")
        return withdrawal

    results = race(THREADS, ask)
    numbers = sorted(row.number for row in Withdrawal.objects.all())
    year = timezone.localdate().year
    assert numbers == [f"W-{year}-{n:04}" for n in range(1, 7)], results
    assert sum(isinstance(result, RuntimeError) for result in results) == 2


# Claiming, paying, returning


@pytest.mark.django_db(transaction=True)
def test_claiming_the_same_at_once_leaves_each_in_one_batch():
    actor = UserFactory(is_superuser=True)
    rows = many(3)
    results = race(THREADS, lambda n: claim(all_of(*rows), actor))
    batch = PaymentBatch.objects.get()
    assert [result for result in results if result == batch] == [batch]
    assert sum(isinstance(result, WithdrawalRefused) for result in results) == THREADS - 1
    assert set(batch.withdrawals.all()) == set(rows)


@pytest.mark.django_db(transaction=True)
def test_claiming_overlapping_sets_at_once_leaves_each_in_one_batch():
    actor = UserFactory(is_superuser=True)
    rows = many(5)
    # Backwards for every other, so that rows taken in the order asked for would deadlock
    first = [n % len(rows) for n in range(THREADS)]
    chosen = [[*rows[n:], *rows[: n // 2]][:: 1 if n % 2 else -1] for n in first]
    results = race(THREADS, lambda n: claim(all_of(*chosen[n]), actor))
    problems = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(problem, WithdrawalRefused) for problem in problems), problems
    batches = [result for result in results if isinstance(result, PaymentBatch)]
    assert sorted(batch.number for batch in batches) == list(range(1, len(batches) + 1))
    held = [row for batch in batches for row in batch.withdrawals.all()]
    assert len(held) == len(set(held)) == len(rows)


@pytest.mark.django_db(transaction=True)
def test_a_crowd_marking_one_as_paid_pays_it_once(crowd, outbox):
    row = requested()
    OutgoingMail.objects.all().delete()
    actors = [UserFactory(is_superuser=True) for _ in range(crowd)]
    results = race(crowd, lambda n: mark_paid(all_of(row), f"PP-{n}", actors[n])[0])
    paid = [n for n, result in enumerate(results) if result.done]
    assert len(paid) == 1, results
    row.refresh_from_db()
    assert row.payment_reference == f"PP-{paid[0]}"
    assert row.paid_by == actors[paid[0]]
    for n, result in enumerate(results):
        if n != paid[0]:
            assert f"was already paid by {actors[paid[0]]} on" in result.problem
    assert outbox.count() == 1


@pytest.mark.django_db(transaction=True)
def test_returning_one_at_once_returns_it_once():
    row = requested()
    actor = UserFactory(is_superuser=True)
    results = race(THREADS, lambda n: give_back(all_of(row), f"Reason {n}", actor)[0])
    assert [result.done for result in results].count(True) == 1, results
    assert LedgerEntry.objects.filter(kind="return").count() == 1
    assert Account.objects.get(pk=row.account_id).balance == Decimal("354.00")


@pytest.mark.django_db(transaction=True)
def test_paying_returning_and_requesting_at_once_loses_nothing():
    """Whatever comes first: the chain is whole, and a withdrawal paid out twice there is none."""
    actor = UserFactory(is_superuser=True)
    rows = many(3)
    owners = [row.requested_by for row in rows]

    def run(n):
        if n % 4 == 0:
            return mark_paid(all_of(*rows), f"PP-{n}", actor)
        if n % 4 == 1:
            return give_back(all_of(*rows[::-1]), f"Reason {n}", actor)
        if n % 4 == 2:
            return request(owners[n % len(owners)])
        return credit(owners[n % len(owners)].partner, actor, f"LD-RACE-{n}")

    results = race(THREADS, run)
    unexpected = [
        result
        for result in results
        if isinstance(result, Exception) and not isinstance(result, WithdrawalRefused)
    ]
    assert unexpected == []
    for row in Withdrawal.objects.select_related("return_entry"):
        assert (row.status == "returned") == (row.return_entry is not None)
    assert LedgerEntry.objects.filter(kind="return").count() == len(rows)
    for account in Account.objects.all():
        assert verify_chain(account) == []
