"""What was changed around the triggers is found."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commissions import explanation
from commissions.ledger import errors, posting
from commissions.ledger.chain import entry_hash, verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db import triggers
from tests.commissions.entries import credit
from tests.factories import PartnerFactory, StaffFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once
def kept():
    partner, sales = PartnerFactory(), StaffFactory()
    for n in range(1, 6):
        credit(partner, sales, f"LD-{n}", agents=n)
    return partner.account


@pytest.fixture
def chain(made):
    """An account with five entries, its triggers gone."""
    triggers.drop("default")
    return made


def found(account):
    return [(fault.number, fault.problem) for fault in verify_chain(account)]


def test_untouched_chain_has_no_faults(chain):
    assert found(chain) == []


def test_changed_cent_is_found(chain):
    LedgerEntry.objects.filter(account=chain, number=3).update(amount=Decimal("212.41"))
    assert found(chain) == [
        (3, "does not have the hash of its content"),
        (3, "is of 212.41, its explanation comes to 212.40"),
        (None, "says a balance of 1062.00, its entries sum to 1062.01"),
    ]


def test_changed_price_inside_an_explanation_is_found(chain):
    entry = chain.entries.get(number=2)
    chain.entries.filter(number=2).update(
        explanation=entry.explanation.replace('"59.00"', '"69.00"')
    )
    assert [number for number, _ in found(chain)] == [2, 2]
    assert "1416.00" in found(chain)[1][1]


def test_changed_words_are_found(chain):
    chain.entries.filter(number=1).update(text="Something else")
    assert found(chain) == [(1, "does not have the hash of its content")]


def test_rehashed_change_breaks_the_link_to_the_next(chain):
    entry = chain.entries.get(number=2)
    entry.text = "Something else"
    chain.entries.filter(number=2).update(text=entry.text, hash=entry_hash(entry))
    assert found(chain) == [(3, "does not name its predecessor's hash")]


def test_deleted_row_is_found(chain):
    chain.entries.filter(number=3).delete()
    numbers = [number for number, _ in found(chain)]
    assert numbers == [4, None]
    assert found(chain)[0] == (4, "follows entry 2: what was between is gone")


def test_deleted_last_row_is_found(chain):
    chain.entries.filter(number=5).delete()
    assert found(chain) == [
        (None, "counts 5 entries, the last is 4"),
        (None, "does not name the last entry's hash"),
        (None, "says a balance of 1062.00, its entries sum to 708.00"),
    ]


def test_swapped_rows_are_found(chain):
    third, fourth = chain.entries.get(number=3), chain.entries.get(number=4)
    chain.entries.filter(pk=third.pk).update(number=99)
    chain.entries.filter(pk=fourth.pk).update(number=3)
    chain.entries.filter(pk=third.pk).update(number=4)
    assert {number for number, _ in found(chain)} == {3, 4, 5}


def test_planted_row_is_found(chain):
    head = chain.entries.get(number=5)
    head.pk, head.number, head.reference, head.previous_hash = None, 6, "LD-6", head.hash
    head.hash = entry_hash(head)
    head.save(force_insert=True)
    assert [number for number, _ in found(chain)] == [None, None, None]


def test_turned_back_time_is_found_in_a_rehashed_chain(chain):
    entry = chain.entries.get(number=5)
    entry.posted_at -= timedelta(days=1)
    entry.hash = entry_hash(entry)
    chain.entries.filter(number=5).update(posted_at=entry.posted_at, hash=entry.hash)
    Account.objects.update(head_hash=entry.hash)
    assert found(chain) == [(5, "is earlier than its predecessor")]


def test_changed_balance_is_found(chain):
    Account.objects.update(balance=Decimal("1000000.00"))
    assert found(chain) == [
        (None, "says a balance of 1000000.00, its entries sum to 1062.00"),
    ]


def test_changed_count_or_head_of_the_account_is_found(chain):
    Account.objects.update(entry_count=6)
    assert found(chain) == [(None, "counts 6 entries, the last is 5")]
    Account.objects.update(entry_count=5, head_hash="0" * 64)
    assert found(chain) == [(None, "does not name the last entry's hash")]


def test_fault_names_its_entry(chain):
    chain.entries.filter(number=1).update(text="Something else")
    (fault,) = verify_chain(chain)
    assert str(fault) == (f"Account {chain.pk}, entry 1: does not have the hash of its content")


def test_nothing_is_posted_on_a_broken_chain(chain):
    sales = StaffFactory()
    chain.entries.filter(number=5).delete()
    with pytest.raises(errors.BrokenChain, match="look into it first"):
        credit(chain.partner, sales, "LD-6")
    assert chain.entries.count() == 4


@pytest.mark.parametrize(("holding_days", "faults"), [(0, 0), (30, 1)])
def test_withdrawal_of_what_was_still_pending_is_found(partner, finance_user, holding_days, faults):
    credit(partner, finance_user, holding_days=holding_days)
    account = posting.locked_account(partner)
    posting.post(
        account,
        kind="withdrawal",
        amount=Decimal("-354.00"),
        reference="W-2026-0001",
        text="Withdrawal W-2026-0001",
        explanation=explanation.canonical({"amount": "-354.00", "steps": ["Withdrawn"]}),
        actor=finance_user,
    )
    found = [str(fault) for fault in verify_chain(account)]
    assert found == faults * [
        f"Account {account.pk}, entry 2: takes $354.00 more than was available"
    ]
