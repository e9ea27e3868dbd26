"""A withdrawal is asked for once, numbered without gaps, paid once, returned once."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions.ledger import amendments, posting
from commissions.ledger.balances import balances
from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts import emails, withdrawals
from commissions.payouts.models import Sequence, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused, claim, give_back, mark_paid, request
from leadportal.db.groups import FINANCE
from tests.commissions.entries import credit
from tests.commissions.finance import all_of, billing, many, owner_with_money
from tests.factories import StaffFactory, UserFactory, olivia
from tests.worlds import made_once


@made_once
def kept():
    owner = olivia()
    finance = StaffFactory(name="Finn Finance", groups=(FINANCE,))
    billing(owner)
    credit(owner.partner, finance)
    return owner, finance, [owner_with_money(agents) for agents in (5, 6, 7)]


@pytest.fixture
def owner(made):
    """Olivia, whose organization has $354.00 and billing details."""
    return made[0]


@pytest.fixture
def partner(owner):
    return owner.partner


@pytest.fixture
def finance_user(made):
    return made[1]


@pytest.fixture
def row(made):
    """A pending one of $354.00."""
    return request(made[2][0])


@pytest.fixture
def rows(made):
    """Three pending ones: of $354.00, $424.80 and $495.60."""
    return [request(owner) for owner in made[2]]


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


def available(owner):
    return balances(Account.objects.get(partner=owner.partner), timezone.now()).available


# Eligibility


@pytest.mark.database
def test_full_available_balance_is_requested_and_posted_immediately(owner):
    withdrawal = request(owner)
    assert withdrawal.amount == Decimal("354.00")
    assert withdrawal.status == "pending"
    assert withdrawal.requested_by == owner
    assert withdrawal.number == f"W-{timezone.localdate().year}-0001"
    entry = withdrawal.entry
    assert (entry.kind, entry.amount) == ("withdrawal", Decimal("-354.00"))
    assert entry.reference == withdrawal.number
    assert entry.posted_by == owner
    assert available(owner) == 0
    assert verify_chain(withdrawal.account) == []


def test_it_keeps_the_billing_details_it_was_requested_with(owner):
    withdrawal = request(owner)
    billing(owner, paypal="new@brightside.example")
    withdrawal.refresh_from_db()
    assert withdrawal.billing.paypal == "pay@brightside.example"


def test_it_takes_the_newest_billing_details(owner):
    billing(owner, paypal="new@brightside.example")
    assert request(owner).billing.version == 2


def test_second_request_finds_nothing_available(owner):
    request(owner)
    with pytest.raises(WithdrawalRefused, match=r"\$0\.00 is available"):
        request(owner)
    assert Withdrawal.objects.count() == 1


def test_only_an_owner_asks(owner, teammate, finance_user, sales_user):
    for user in (teammate, finance_user, sales_user):
        with pytest.raises(PermissionDenied):
            request(user)
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize(
    ("minimum", "is_enough"),
    [("354.00", True), ("354.01", False), ("0.00", True), ("-5.00", True)],
)
def test_minimum_is_a_setting(owner, settings, minimum, is_enough):
    settings.MINIMUM_WITHDRAWAL = Decimal(minimum)
    if is_enough:
        assert request(owner).amount == Decimal("354.00")
    else:
        with pytest.raises(WithdrawalRefused, match=r"once \$354\.01"):
            request(owner)
        assert not LedgerEntry.objects.filter(kind="withdrawal").exists()


@pytest.mark.parametrize("minimum", ["0.00", "-1000.00"])
def test_nothing_is_never_withdrawn_however_low_the_minimum(stranger, settings, minimum):
    settings.MINIMUM_WITHDRAWAL = Decimal(minimum)
    billing(stranger)
    with pytest.raises(WithdrawalRefused, match=r"\$0\.00 is available"):
        request(stranger)


def test_without_billing_details_it_is_refused(stranger, finance_user):
    credit(stranger.partner, finance_user, "LD-STRANGER")
    with pytest.raises(WithdrawalRefused, match="billing details first"):
        request(stranger)


@pytest.mark.database
def test_what_is_pending_is_not_withdrawn(finance_user, monkeypatch):
    owner = UserFactory()
    billing(owner)
    credit(owner.partner, finance_user, "LD-HELD", holding_days=30)
    with pytest.raises(WithdrawalRefused, match=r"\$0\.00 is available"):
        request(owner)
    at(monkeypatch, timezone.now() + timedelta(days=30))
    assert request(owner).amount == Decimal("354.00")


@pytest.mark.database
def test_balance_below_zero_is_not_withdrawn(owner, finance_user):
    request(owner)
    entry = LedgerEntry.objects.get(account__partner=owner.partner, number=1)
    posting.reverse(entry, reason="Never paid", actor=finance_user)
    with pytest.raises(WithdrawalRefused, match=r"−\$354\.00 is available"):
        request(owner)


# Numbers


@pytest.mark.database
def test_numbers_follow_one_another(rows):
    year = timezone.localdate().year
    assert [row.number for row in rows] == [f"W-{year}-{n:04}" for n in (1, 2, 3)]


@pytest.mark.database
def test_numbers_begin_anew_with_the_business_year(made, settings, monkeypatch):
    settings.TIME_ZONE = "Asia/Tokyo"  # nine hours ahead
    owners = [made[0], *made[2]]
    moments = ("2026-12-31T14:59", "2026-12-31T15:00", "2026-12-31T23:59", "2027-01-01T00:00")
    numbers = []
    for owner, moment in zip(owners, moments, strict=True):
        at(monkeypatch, datetime.fromisoformat(f"{moment}:00+00:00"))
        numbers.append(request(owner).number)
    assert numbers == ["W-2026-0001", "W-2027-0001", "W-2027-0002", "W-2027-0003"]


@pytest.mark.database
def test_numbers_grow_beyond_four_digits(owner):
    Sequence.objects.create(name=f"withdrawal-{timezone.localdate().year}", last=9_999)
    assert request(owner).number.endswith("-10000")


# Claiming


@pytest.mark.database
def test_claim_puts_the_pending_ones_into_a_batch(finance_user, rows):
    batch = claim(all_of(*rows), finance_user)
    assert batch.number == 1
    assert batch.created_by == finance_user
    assert set(batch.withdrawals.all()) == set(rows)


@pytest.mark.database
def test_second_claim_takes_what_the_first_has_left(finance_user, rows):
    first, second, third = rows
    batch = claim(all_of(first), finance_user)
    other = claim(all_of(first, second, third), finance_user)
    assert (batch.number, other.number) == (1, 2)
    assert list(batch.withdrawals.all()) == [first]
    assert set(other.withdrawals.all()) == {second, third}
    left = withdrawals.unclaimed(all_of(first, second, third), other)
    assert [outcome.withdrawal for outcome in left] == [first]
    assert "is already in batch 1, exported by Finn Finance on" in left[0].problem


@pytest.mark.database
def test_claim_of_nothing_left_is_refused_and_takes_no_number(finance_user, owner, row):
    claim(all_of(row), finance_user)
    with pytest.raises(WithdrawalRefused, match=r"in a batch|already in batch"):
        claim(all_of(row), finance_user)
    assert claim(all_of(request(owner)), finance_user).number == 2


@pytest.mark.database
def test_paid_and_returned_ones_are_not_claimed(finance_user, rows):
    paid, returned, pending = rows
    mark_paid(all_of(paid), "PP-1", finance_user)
    give_back(all_of(returned), "No such account", finance_user)
    batch = claim(Withdrawal.objects.all(), finance_user)
    assert list(batch.withdrawals.all()) == [pending]
    problems = [row.problem for row in withdrawals.unclaimed(Withdrawal.objects.all(), batch)]
    assert "was already paid by Finn Finance on" in problems[0]
    assert "was already returned by Finn Finance on" in problems[1]


# Paying


@pytest.mark.database
def test_payment_is_recorded_with_its_reference(finance_user, row):
    [outcome] = mark_paid(all_of(row), "  PP-8841 ", finance_user)
    assert outcome.done
    row.refresh_from_db()
    assert row.status == "paid"
    assert row.payment_reference == "PP-8841"
    assert row.paid_by == finance_user
    assert row.paid_at is not None
    assert outcome.withdrawal.status == "paid"


@pytest.mark.database
def test_nobody_is_paid_twice(finance_user, superuser, rows):
    first, second, _ = rows
    mark_paid(all_of(first), "PP-1", finance_user)
    outcomes = {row.withdrawal: row for row in mark_paid(all_of(first, second), "PP-2", superuser)}
    assert outcomes[second].done
    assert "was already paid by Finn Finance on" in outcomes[first].problem
    first.refresh_from_db()
    assert first.payment_reference == "PP-1"


def test_returned_one_is_not_paid(finance_user, row):
    give_back(all_of(row), "No such account", finance_user)
    [outcome] = mark_paid(all_of(row), "PP-1", finance_user)
    assert "was already returned" in outcome.problem


@pytest.mark.parametrize("reference", ["", "   ", "\n"])
def test_payment_without_a_reference_is_refused(finance_user, row, reference):
    with pytest.raises(WithdrawalRefused, match="reference"):
        mark_paid(all_of(row), reference, finance_user)
    row.refresh_from_db()
    assert row.status == "pending"


@pytest.mark.database
def test_reference_fits_its_column_on_every_database(finance_user, row):
    with pytest.raises(WithdrawalRefused, match="Shorten this by 1 character"):
        mark_paid(all_of(row), "x" * 101, finance_user)
    assert mark_paid(all_of(row), "x" * 100, finance_user)[0].done


@pytest.mark.database
def test_paying_eight_asks_no_more_of_the_database_than_paying_one(finance_user, row):
    def asked(rows, reference):
        with CaptureQueriesContext(connection) as captured:
            assert all(outcome.done for outcome in mark_paid(all_of(*rows), reference, actor))
        return len(captured)

    actor = type(finance_user).objects.get(pk=finance_user.pk)
    actor.has_perm("commissions.pay_withdrawal")
    assert asked([row], "PP-1") == asked(many(8), "PP-2")


# Returning


@pytest.mark.database
def test_return_makes_the_money_available_again(owner, finance_user):
    row = request(owner)
    [outcome] = give_back(all_of(row), " No such\n account ", finance_user)
    assert outcome.done
    row.refresh_from_db()
    assert row.status == "returned"
    assert row.return_reason == "No such account"
    assert row.returned_by == finance_user
    entry = row.return_entry
    assert (entry.kind, entry.amount) == ("return", Decimal("354.00"))
    assert entry.refers_to == row.entry
    assert available(owner) == Decimal("354.00")
    again = request(owner)
    assert again.number.endswith("-0002")
    assert verify_chain(row.account) == []


@pytest.mark.database
def test_payment_that_bounced_is_returned(finance_user, row):
    mark_paid(all_of(row), "PP-1", finance_user)
    assert give_back(all_of(row), "It bounced", finance_user)[0].done
    row.refresh_from_db()
    assert (row.status, row.payment_reference) == ("returned", "PP-1")


@pytest.mark.database
def test_nothing_is_returned_twice(finance_user, row):
    give_back(all_of(row), "It bounced", finance_user)
    [outcome] = give_back(all_of(row), "It bounced", finance_user)
    assert "was already returned by Finn Finance on" in outcome.problem
    assert LedgerEntry.objects.filter(kind="return").count() == 1


@pytest.mark.parametrize("reason", ["", " \n "])
def test_return_without_a_reason_is_refused(finance_user, row, reason):
    with pytest.raises(WithdrawalRefused, match="reason"):
        give_back(all_of(row), reason, finance_user)
    assert not LedgerEntry.objects.filter(kind="return").exists()


@pytest.mark.database
def test_reason_fits_its_column_on_every_database(finance_user, row):
    with pytest.raises(WithdrawalRefused, match="The limit is 200 characters"):
        give_back(all_of(row), "x" * 201, finance_user)


@pytest.mark.database
def test_account_that_cannot_be_posted_to_does_not_hold_up_the_others(finance_user, rows):
    torn, whole, _ = rows
    Account.objects.filter(pk=torn.account_id).update(head_hash="0" * 64)
    outcomes = {
        row.withdrawal: row for row in give_back(all_of(torn, whole), "Bounced", finance_user)
    }
    assert outcomes[whole].done
    assert "Nothing can be posted to the account" in outcomes[torn].problem
    torn.refresh_from_db()
    assert torn.status == "pending"


# Who may, and what the database itself refuses


def test_nobody_but_finance_pays(owner, teammate, sales_user):
    row = request(owner)
    for user in (owner, teammate, sales_user):
        for door in (
            lambda user=user: claim(all_of(row), user),
            lambda user=user: mark_paid(all_of(row), "PP-1", user),
            lambda user=user: give_back(all_of(row), "Bounced", user),
        ):
            with pytest.raises(PermissionDenied):
                door()
    row.refresh_from_db()
    assert (row.status, row.batch) == ("pending", None)


@pytest.mark.database
@pytest.mark.parametrize(
    ("first", "then"), [("paid", "pending"), ("returned", "pending"), ("returned", "paid")]
)
def test_database_refuses_to_make_a_settled_withdrawal_pending(finance_user, row, first, then):
    if first == "paid":
        mark_paid(all_of(row), "PP-1", finance_user)
    else:
        give_back(all_of(row), "Bounced", finance_user)
    with pytest.raises(DatabaseError, match="illegal move"), transaction.atomic():
        all_of(row).update(status=then)


@pytest.mark.database
def test_database_itself_refuses_a_payment_without_its_reference(row):
    with pytest.raises(DatabaseError), transaction.atomic():
        all_of(row).update(status="paid")


@pytest.mark.database
def test_database_itself_refuses_a_return_without_its_entry(row):
    with pytest.raises(DatabaseError), transaction.atomic():
        all_of(row).update(status="returned")


# Told at each step


def test_owner_and_finance_are_emailed_about_a_request(owner, settings, mailoutbox):
    settings.FINANCE_EMAIL = "money@vendor.example"
    row = request(owner)
    receipt, notice = mailoutbox
    assert receipt.to == ["owner@brightside.example"]
    assert receipt.subject == f"Withdrawal {row.number}: $354.00 requested"
    assert "Brightside Consulting GmbH, PayPal pay@brightside.example" in receipt.body
    assert notice.to == ["money@vendor.example"]
    assert notice.subject == f"Withdrawal {row.number}: $354.00 to pay"
    assert f"/admin/commissions/withdrawal/{row.pk}/change/" in notice.body
    for message in mailoutbox:
        assert "$354.00" in message.alternatives[0].content


def test_requester_is_emailed_about_the_payment_once(owner, finance_user, mailoutbox):
    row = request(owner)
    mailoutbox.clear()
    mark_paid(all_of(row), "PP-8841", finance_user)
    mark_paid(all_of(row), "PP-8842", finance_user)
    [message] = mailoutbox
    assert message.to == ["owner@brightside.example"]
    assert message.subject == f"Withdrawal {row.number}: $354.00 paid"
    assert "PP-8841" in message.body
    assert "PP-8841" in message.alternatives[0].content


def test_requester_is_emailed_about_the_return_with_its_reason(owner, finance_user, mailoutbox):
    row = request(owner)
    mailoutbox.clear()
    give_back(all_of(row), "No such <account>", finance_user)
    [message] = mailoutbox
    assert message.to == ["owner@brightside.example"]
    assert message.subject == f"Withdrawal {row.number}: $354.00 returned"
    assert "Reason: No such <account>" in message.body
    assert "No such &lt;account&gt;" in message.alternatives[0].content


def test_where_the_requester_has_left_the_other_owners_are_emailed(owner, finance_user, mailoutbox):
    other = UserFactory(partner=owner.partner, email="second@brightside.example")
    UserFactory(partner=owner.partner, role="member")
    row = request(owner)
    owner.is_active = False
    owner.save()
    mailoutbox.clear()
    mark_paid(all_of(row), "PP-1", finance_user)
    assert [message.to for message in mailoutbox] == [[other.email]]


def test_each_of_many_partners_is_emailed_about_its_own(finance_user, rows, mailoutbox):
    mailoutbox.clear()
    mark_paid(all_of(*rows), "PP-1", finance_user)
    assert {message.to[0]: message.subject for message in mailoutbox} == {
        row.requested_by.email: f"Withdrawal {row.number}: ${row.amount} paid" for row in rows
    }


@pytest.mark.database
def test_mail_and_payment_commit_together(finance_user, row, outbox, monkeypatch):
    queued = outbox.count()

    def fail(withdrawals):
        raise OSError("the disk is full")

    monkeypatch.setattr(emails, "send_moved", fail)
    with pytest.raises(OSError, match="disk is full"):
        mark_paid(all_of(row), "PP-1", finance_user)
    row.refresh_from_db()
    assert row.status == "pending"
    assert outbox.count() == queued


def test_claiming_emails_nobody(finance_user, row, mailoutbox):
    mailoutbox.clear()
    claim(all_of(row), finance_user)
    assert mailoutbox == []


def test_adjusted_money_is_withdrawn_with_the_rest(owner, finance_user):
    amendments.adjust(owner.partner, Decimal("25.00"), "A bonus", "ADJ-23456789", finance_user)
    assert request(owner).amount == Decimal("379.00")
