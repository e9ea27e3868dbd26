"""The audit finds each planted fault and names it: what an intruder changes in the tables."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection, transaction
from django.utils import timezone

from commissions import explanation
from commissions.ledger import posting
from commissions.ledger.chain import entry_hash
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import BillingDetails, Withdrawal, WithdrawalStatus
from leads.models import DealLine, Lead, LeadCount
from leads.status import Status
from tests.commissions.entries import deal, frozen
from tests.factories import LeadFactory, PartnerFactory, StaffFactory, UserFactory, follow
from tests.leads.books import Books, append, audited, delete_withdrawals, found, unguarded
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once(inside=unguarded)
def kept() -> Books:
    owner = UserFactory(partner__name="Brightside Consulting", partner__domain="brightside.example")
    return Books(owner, StaffFactory(is_superuser=True))


@pytest.fixture
def open_books(made: Books) -> Iterator[Books]:
    """The books with nothing in the database that guards them."""
    yield made
    # What dangles is not to be checked when the test is undone.
    transaction.set_rollback(True)


# Each returns how the audit names it: the lines are all that it prints; `{a}` stands for the
# account's id.


def a_cent(books):
    books.entries(4).update(amount=Decimal("528.01"))
    return [
        "Account {a}, entry 4: does not have the hash of its content",
        "Account {a}, entry 4: is of 528.01, its explanation comes to 528.00",
        "Account {a}: says a balance of 0.00, its entries sum to 0.01",
        f"Lead {books.bundle.reference}: earned 528.00 by its final lines, its credit is of 528.01",
    ]


def a_cent_and_the_hash(books):
    """The hash made again as well: the next entry's link tells."""
    entry = books.entry(4)
    entry.amount = Decimal("528.01")
    books.entries(4).update(amount=entry.amount, hash=entry_hash(entry))
    return [
        "Account {a}, entry 4: is of 528.01, its explanation comes to 528.00",
        "Account {a}, entry 5: does not name its predecessor's hash",
        "Account {a}: says a balance of 0.00, its entries sum to 0.01",
        f"Lead {books.bundle.reference}: earned 528.00 by its final lines, its credit is of 528.01",
    ]


def a_price_inside_an_explanation(books):
    text = books.entry(4).explanation
    books.entries(4).update(
        explanation=text.replace('"monthly_price":"29.00"', '"monthly_price":"29.01"')
    )
    return [
        "Account {a}, entry 4: does not have the hash of its content",
        "Account {a}, entry 4: The explanation states ['3540.00', '1740.00', '5280.00', '528.00'], "
        "but ['3540.00', '1740.60', '5280.60', '528.06'] follows.",
    ]


def a_whole_explanation(books):
    """Another price throughout, in an explanation that follows, and the hash made again."""
    entry = books.entry(4)
    entry.explanation = frozen(deal(9))
    books.entries(4).update(explanation=entry.explanation, hash=entry_hash(entry))
    return [
        "Account {a}, entry 4: is of 528.00, its explanation comes to 637.20",
        "Account {a}, entry 5: does not name its predecessor's hash",
    ]


def _move_day(books, number, days):
    entry = books.entry(number)
    day = entry.available_on + timedelta(days=days)
    books.entries(number).update(available_on=day)
    books.rehash()
    return entry.available_on, day


def a_commission_available_early(books):
    right, wrong = _move_day(books, 4, -1)
    return [f"Account {{a}}, entry 4: is available from {wrong}, its explanation comes to {right}"]


def a_reversal_available_on_another_day(books):
    right, wrong = _move_day(books, 2, 9)
    return [f"Account {{a}}, entry 2: is available from {wrong}, entry 1 from {right}"]


def an_adjustment_available_later(books):
    _, wrong = _move_day(books, 5, 9)
    return [f"Account {{a}}, entry 5: is available from {wrong}, not from the day it was posted"]


def an_entry_of_a_time_to_come(books):
    at = timezone.now() + timedelta(days=1)
    with mock.patch("django.utils.timezone.now", return_value=at):
        append(books, "adjustment", "1.00", "A-TOMORROW", '{"amount":"1.00","steps":[]}')
    return [f"Account {{a}}, entry 9: is of {at:%Y-%m-%d %H:%M} UTC, which is to come"]


def an_explanation_that_is_none(books):
    books.entries(5).update(explanation='{"amount":"sNaN","steps":[]}')
    books.entries(8).update(explanation="[" * 100_000)
    return [
        "Account {a}, entry 5: does not have the hash of its content",
        "Account {a}, entry 5: This states no amount: sNaN",
        "Account {a}, entry 8: does not have the hash of its content",
        "Account {a}, entry 8: This is not an explanation: not JSON.",
    ]


def a_deleted_row(books):
    books.entries(5).delete()
    return [
        "Account {a}, entry 6: follows entry 4: what was between is gone",
        "Account {a}: says a balance of 0.00, its entries sum to 10.00",
    ]


def the_deleted_first_row(books):
    raw_delete(books, 1)
    return [
        "Account {a}, entry 2: follows entry 0: what was between is gone",
        "Account {a}, entry 6: takes $354.00 more than was available",
        "Account {a}, entry 8: takes $354.00 more than was available",
        "Account {a}: says a balance of 0.00, its entries sum to -354.00",
        "Account {a}, entry 2: names an entry that is gone",
        "Account {a}, entry 3: names an entry that is gone",
        f"Lead {books.lead.reference}: is won and has no credit",
    ]


def the_deleted_last_row(books):
    last = books.entry(8)
    delete_withdrawals(entry=last)
    books.entries(8).delete()
    return [
        "Account {a}: counts 8 entries, the last is 7",
        "Account {a}: does not name the last entry's hash",
        "Account {a}: says a balance of 0.00, its entries sum to 942.80",
    ]


def the_deleted_last_rows_withdrawal(books):
    delete_withdrawals(entry=books.entry(8))
    number = books.entry(8).reference
    return [f"Account {{a}}, entry 8: takes {number}, which is no withdrawal"]


def two_swapped_rows(books):
    first, second = books.entry(4), books.entry(5)
    books.entries().filter(pk=first.pk).update(number=99)
    books.entries().filter(pk=second.pk).update(number=4)
    books.entries().filter(pk=first.pk).update(number=5)
    return [
        "Account {a}, entry 4: does not have the hash of its content",
        "Account {a}, entry 4: does not name its predecessor's hash",
        "Account {a}, entry 5: does not have the hash of its content",
        "Account {a}, entry 5: does not name its predecessor's hash",
        "Account {a}, entry 5: is earlier than its predecessor",
        "Account {a}, entry 6: does not name its predecessor's hash",
    ]


def swapped_contents(books):
    """Two rows that change everything but their numbers and hashes."""
    first, second = books.entry(3), books.entry(4)
    for row, other in ((first, second), (second, first)):
        books.entries(row.number).update(amount=other.amount, explanation=other.explanation)
    return [
        "Account {a}, entry 3: does not have the hash of its content",
        "Account {a}, entry 4: does not have the hash of its content",
        f"Lead {books.bundle.reference}: earned 528.00 by its final lines, its credit is of 424.80",
    ]


def a_won_lead_without_its_credit(books):
    Lead.objects.filter(pk=books.bundle.pk).update(credit=None)
    return [
        f"Lead {books.bundle.reference}: is won and has no credit",
        f"Account {{a}}, entry 4: credits {books.bundle.reference}, which is no lead won with it",
    ]


def a_lead_won_past_the_door(books):
    lead = LeadFactory(partner=books.partner, submitted_by=books.owner, status=Status.APPROVED)
    Lead.objects.filter(pk=lead.pk).update(status=Status.WON)
    LeadCount.objects.add({(books.partner.pk, "approved"): -1, (books.partner.pk, "won"): +1})
    return [
        f"Lead {lead.reference}: is won, which its history row 2 does not say",
        f"Lead {lead.reference}: is won and has no credit",
    ]


def a_credit_without_a_won_lead(books):
    right = deal(5)
    posting.credit(
        books.partner,
        reference="LD-NOBODYS",
        explanation=frozen(right),
        amount=right.rev_share,
        text="By hand",
        actor=books.finance,
    )
    return ["Account {a}, entry 9: credits LD-NOBODYS, which is no lead won with it"]


def a_credit_whose_lead_is_not_won(books):
    Lead.objects.filter(pk=books.bundle.pk).update(status=Status.APPROVED)
    LeadCount.objects.add({(books.partner.pk, "won"): -1, (books.partner.pk, "approved"): +1})
    return [
        f"Lead {books.bundle.reference}: is approved, which its history row 3 does not say",
        f"Lead {books.bundle.reference}: has a credit, yet it is Approved for further review",
        f"Account {{a}}, entry 4: credits {books.bundle.reference}, which is no lead won with it",
    ]


def a_correction_whose_lead_is_lost(books):
    """Its history says so, and its commission was reversed; the correction was not."""
    follow(books.lead, Status.LOST, books.finance, credit=None)
    LeadCount.objects.add({(books.partner.pk, "won"): -1, (books.partner.pk, "lost"): +1})
    reference = books.lead.reference
    return [f"Account {{a}}, entry 3: credits {reference}, which is no lead won with it"]


def a_second_credit_of_one_win(books):
    """It names the reversal of the first, as that of a second win does."""
    content, reference = books.entry(1).explanation, books.lead.reference
    append(books, "commission", "354.00", reference, content, books.entry(2))
    twice = f"credits {reference}, which another entry credits, too"
    return [
        f"Account {{a}}, entry 3: {twice}",
        f"Account {{a}}, entry 9: {twice}",
        f"Account {{a}}, entry 9: credits {reference}, which is no lead won with it",
    ]


def the_credit_of_another_lead(books):
    """Two leads that have exchanged their credits."""
    one, other = books.lead.pk, books.bundle.pk
    credit, bundles = books.lead.credit_id, books.bundle.credit_id
    Lead.objects.filter(pk=one).update(credit=books.entry(2))
    Lead.objects.filter(pk=other).update(credit=credit)
    Lead.objects.filter(pk=one).update(credit=bundles)
    a, b = books.lead.reference, books.bundle.reference
    return [
        f"Lead {a}: is credited by the entry of {b}",
        f"Lead {a}: earned 354.00 by its final lines, its credit is of 528.00",
        f"Lead {b}: is credited by the entry of {a}",
        f"Lead {b}: earned 528.00 by its final lines, its credit is of 354.00",
    ]


def a_lead_of_another_partner(books):
    other = PartnerFactory()
    Lead.objects.filter(pk=books.bundle.pk).update(partner=other)
    LeadCount.objects.add({(books.partner.pk, "won"): -1, (other.pk, "won"): +1})
    return [
        f"Lead {books.bundle.reference}: is of partner {other.pk}, its credit went to partner "
        f"{books.partner.pk}"
    ]


def a_lead_credited_by_an_adjustment(books):
    Lead.objects.filter(pk=books.bundle.pk).update(credit=books.entry(5))
    reference = books.bundle.reference
    return [
        f"Lead {reference}: is credited by an entry of the kind adjustment",
        f"Lead {reference}: is credited by the entry of A-{books.partner.pk}",
        f"Lead {reference}: earned 528.00 by its final lines, its credit is of -10.00",
        f"Account {{a}}, entry 4: credits {reference}, which is no lead won with it",
    ]


def more_agents_in_the_final_lines(books):
    DealLine.objects.filter(lead=books.lead, stage="final").update(agents=6)
    return [
        f"Lead {books.lead.reference}: earned 424.80 by its final lines, its credit is of 354.00"
    ]


def no_final_lines(books):
    DealLine.objects.filter(lead=books.lead, stage="final").delete()
    return [f"Lead {books.lead.reference}: is won and has no final lines"]


def a_wrong_counter(books):
    LeadCount.objects.filter(partner=books.partner, status="won").update(count=3)
    LeadCount.objects.filter(partner=books.partner, status="approved").update(count=1)
    p = books.partner.pk
    return [
        f"Partner {p}: says that it has 1 leads Approved for further review, there are 0",
        f"Partner {p}: says that it has 3 leads Won, there are 2",
    ]


def no_counter(books):
    LeadCount.objects.filter(partner=books.partner, status="won").delete()
    return [f"Partner {books.partner.pk}: says that it has 0 leads Won, there are 2"]


def a_changed_balance(books):
    Account.objects.filter(pk=books.account.pk).update(balance=Decimal("1000000.00"))
    return ["Account {a}: says a balance of 1000000.00, its entries sum to 0.00"]


def a_changed_head(books):
    Account.objects.filter(pk=books.account.pk).update(head_hash="0" * 64, entry_count=9)
    return [
        "Account {a}: counts 9 entries, the last is 8",
        "Account {a}: does not name the last entry's hash",
    ]


def a_wrong_sign(books):
    """A deduction turned into a gift, with an explanation, hashes and balance that agree."""
    right = explanation.canonical({"amount": "354.00", "steps": ["Reverses entry 1"]})
    books.entries(2).update(amount=Decimal("354.00"), explanation=right)
    books.rehash()
    return [
        "Account {a}, entry 2: is of 354.00, a wrong sign for the kind reversal",
        "Account {a}, entry 2: is of 354.00, entry 1 is of 354.00",
    ]


def nothing_at_all(books):
    content = explanation.canonical({"amount": "0.00", "steps": ["Nothing"]})
    books.entries(5).update(amount=Decimal("0.00"), explanation=content)
    books.rehash()
    return ["Account {a}, entry 5: is of 0.00, a wrong sign for the kind adjustment"]


def a_kind_of_its_own(books):
    books.entries(5).update(kind="gift")
    books.rehash()
    return ["Account {a}, entry 5: is of no known kind: gift"]


def a_smaller_reversal(books):
    content = explanation.canonical({"amount": "-54.00", "steps": ["Reverses entry 1"]})
    books.entries(2).update(amount=Decimal("-54.00"), explanation=content)
    books.rehash()
    return ["Account {a}, entry 2: is of -54.00, entry 1 is of 354.00"]


def a_reversal_of_nothing(books):
    books.entries(2).update(refers_to=None)
    books.rehash()
    return [
        "Account {a}, entry 2: names no entry, which does not go with the kind reversal",
        "Account {a}, entry 3: corrects entry 1, which was not reversed before",
        f"Account {{a}}, entry 3: credits {books.lead.reference}, which another entry credits, too",
    ]


def a_correction_of_what_was_never_reversed(books):
    books.entries(3).update(refers_to=books.entry(4))
    books.rehash()
    one, other = books.lead.reference, books.bundle.reference
    return [
        "Account {a}, entry 3: names entry 4 of account {a}, not one before it on its own",
        f"Account {{a}}, entry 3: bears the reference {one}, entry 4 bears {other}",
        "Account {a}, entry 3: corrects entry 4, which was not reversed before",
    ]


def a_return_of_a_commission(books):
    books.entries(7).update(refers_to=books.entry(4))
    books.rehash()
    number, lead = books.entry(6).reference, books.bundle.reference
    return [
        "Account {a}, entry 7: names entry 4, whose kind commission does not go with return",
        f"Account {{a}}, entry 7: bears the reference {number}, entry 4 bears {lead}",
        "Account {a}, entry 7: is of 942.80, entry 4 is of 528.00",
        "Account {a}, entry 6: is not what entry 7 gives back, as the withdrawal "
        f"{number} has it",
    ]


def an_adjustment_that_names_an_entry(books):
    books.entries(5).update(refers_to=books.entry(4))
    books.rehash()
    lead = books.bundle.reference
    return [
        "Account {a}, entry 5: names an entry, which does not go with the kind adjustment",
        "Account {a}, entry 5: names entry 4, whose kind commission does not go with adjustment",
        f"Account {{a}}, entry 5: bears the reference A-{books.partner.pk}, entry 4 bears {lead}",
        "Account {a}, entry 5: is of -10.00, entry 4 is of 528.00",
    ]


def two_reversals_of_one_entry(books):
    """By the ledger's own code: everything agrees but that it is the second."""
    content = explanation.canonical({"amount": "-354.00", "steps": ["Reverses entry 1"]})
    append(books, "reversal", "-354.00", books.lead.reference, content, books.entry(1))
    return ["Account {a}, entry 9: is the second reversal of entry 1"]


def two_adjustments_of_one_reference(books):
    content = explanation.canonical({"amount": "-10.00", "steps": ["Adjustment"]})
    append(books, "adjustment", "-10.00", f"A-{books.partner.pk}", content)
    return [f"Account {{a}}, entry 9: is the second adjustment under A-{books.partner.pk}"]


def a_withdrawal_of_more_than_there_is(books):
    content = explanation.canonical({"amount": "-0.01", "steps": ["Withdrawn"]})
    entry = append(books, "withdrawal", "-0.01", "W-0000-0001", content)
    Withdrawal.objects.create(
        number="W-0000-0001",
        account=books.account,
        amount=Decimal("0.01"),
        billing=BillingDetails.objects.get(),
        entry=entry,
        requested_at=timezone.now(),
        requested_by=books.owner,
    )
    return [
        "Account {a}, entry 9: takes $0.01 more than was available",
        "Withdrawal W-0000-0001: is pending, which its history row 1 does not say",
    ]


def a_withdrawal_of_another_amount(books):
    number = books.entry(8).reference
    Withdrawal.objects.filter(number=number).update(amount=Decimal("9428.00"))
    return [
        f"Account {{a}}, entry 8: is of -942.80, the withdrawal {number} is of 9428.00",
    ]


def a_withdrawal_of_another_number(books):
    number = books.entry(8).reference
    Withdrawal.objects.filter(number=number).update(number="W-0000-0001")
    return [f"Account {{a}}, entry 8: bears the reference {number}, its withdrawal is W-0000-0001"]


def a_withdrawal_of_another_account(books):
    other = Account.objects.create(partner=PartnerFactory())
    number = books.entry(8).reference
    Withdrawal.objects.filter(number=number).update(account=other)
    return [
        f"Account {{a}}, entry 8: is of another account than the withdrawal {number}",
        f"Withdrawal {number}: is paid to the details of partner {books.partner.pk}",
    ]


def a_withdrawal_whose_entry_is_an_adjustment(books):
    number = books.entry(8).reference
    Withdrawal.objects.filter(number=number).update(entry=books.entry(5))
    return [
        f"Account {{a}}, entry 8: takes {number}, which is no withdrawal",
        f"Account {{a}}, entry 5: is of the kind adjustment, yet the withdrawal {number} names it",
        f"Account {{a}}, entry 5: bears the reference A-{books.partner.pk}, its withdrawal is "
        f"{number}",
        f"Account {{a}}, entry 5: is of -10.00, the withdrawal {number} is of 942.80",
    ]


def a_return_that_no_withdrawal_knows(books):
    number = books.entry(6).reference
    Withdrawal.objects.filter(number=number).update(return_entry=None, status="paid")
    return [
        f"Account {{a}}, entry 7: returns {number}, which is not a returned withdrawal",
        f"Withdrawal {number}: is paid, which its history row 3 does not say",
    ]


def a_withdrawal_returned_without_an_entry(books):
    number = books.entry(8).reference
    Withdrawal.objects.filter(number=number).update(status=WithdrawalStatus.RETURNED)
    return [
        f"Account {{a}}, entry 8: is taken by the withdrawal {number}, which is returned without a "
        "return",
        f"Withdrawal {number}: is returned, which its history row 1 does not say",
    ]


def raw_delete(books, number):
    """Delete a row that others name."""
    entry = books.entry(number)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"DELETE FROM {LedgerEntry._meta.db_table} WHERE id = %s", [entry.pk])


FAULTS = [
    a_correction_whose_lead_is_lost,
    a_second_credit_of_one_win,
    a_cent,
    a_cent_and_the_hash,
    a_price_inside_an_explanation,
    a_whole_explanation,
    a_commission_available_early,
    a_reversal_available_on_another_day,
    an_adjustment_available_later,
    an_entry_of_a_time_to_come,
    an_explanation_that_is_none,
    a_deleted_row,
    the_deleted_first_row,
    the_deleted_last_row,
    the_deleted_last_rows_withdrawal,
    two_swapped_rows,
    swapped_contents,
    a_won_lead_without_its_credit,
    a_lead_won_past_the_door,
    a_credit_without_a_won_lead,
    a_credit_whose_lead_is_not_won,
    the_credit_of_another_lead,
    a_lead_of_another_partner,
    a_lead_credited_by_an_adjustment,
    more_agents_in_the_final_lines,
    no_final_lines,
    a_wrong_counter,
    no_counter,
    a_changed_balance,
    a_changed_head,
    a_wrong_sign,
    nothing_at_all,
    a_kind_of_its_own,
    a_smaller_reversal,
    a_reversal_of_nothing,
    a_correction_of_what_was_never_reversed,
    a_return_of_a_commission,
    an_adjustment_that_names_an_entry,
    two_reversals_of_one_entry,
    two_adjustments_of_one_reference,
    a_withdrawal_of_more_than_there_is,
    a_withdrawal_of_another_amount,
    a_withdrawal_of_another_number,
    a_withdrawal_of_another_account,
    a_withdrawal_whose_entry_is_an_adjustment,
    a_return_that_no_withdrawal_knows,
    a_withdrawal_returned_without_an_entry,
]


@pytest.mark.parametrize("plant", FAULTS)
def test_planted_fault_is_found_and_named(open_books, plant: Callable[[Books], list[str]]):
    expected = [line.replace("{a}", str(open_books.account.pk)) for line in plant(open_books)]
    *named, verdict = audited()
    assert named == expected
    noun = "fault" if len(expected) == 1 else "faults"
    entries = LedgerEntry.objects.count()
    assert verdict == f"{len(expected)} {noun} found. {entries} entries checked."


@pytest.mark.parametrize(
    "plant", [a_cent, a_lead_won_past_the_door, a_wrong_counter, a_withdrawal_of_another_amount]
)
def test_planted_fault_is_found_when_its_partner_alone_is_audited(open_books, plant):
    expected = [line.replace("{a}", str(open_books.account.pk)) for line in plant(open_books)]
    assert found("--partner", "Brightside Consulting") == expected
