"""Withdrawals above the limit: nothing exports or pays one before a second person approved it."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from commissions.ledger.snapshot import Scope
from commissions.payouts import batches, evidence, withdrawals
from commissions.payouts.large_payouts import PAYOUT, request_approval
from commissions.payouts.models import Withdrawal
from commissions.payouts.withdrawals import (
    WithdrawalRefused,
    claim,
    give_back,
    mark_paid,
    unclaimed,
)
from leadportal.approvals import decisions as approvals
from leadportal.approvals.models import Approval
from leadportal.db.groups import FINANCE
from tests.commissions.entries import credit
from tests.commissions.finance import (
    LIST,
    act,
    address,
    all_of,
    asked,
    requested,
    run_action,
    said,
    text,
)
from tests.factories import StaffFactory
from tests.past_guards import past_guards
from tests.race import race
from tests.sessions import sign_in

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _limit(settings):
    settings.PAYOUT_APPROVAL_LIMIT = Decimal("400.00")


@pytest.fixture
def colleague(db):
    """Another one of finance."""
    return StaffFactory(email="fay@vendor.example", name="Fay Finance", groups=(FINANCE,))


@pytest.fixture
def large(db):
    """A withdrawal of $708.00, above the limit of $400.00."""
    return requested(agents=10)


@pytest.fixture
def small(db):
    """A withdrawal of $354.00, below the limit."""
    return requested()


def request(row, actor):
    (outcome,) = request_approval(all_of(row), "Checked", actor)
    assert outcome.done, outcome.problem
    return Approval.objects.get(kind=PAYOUT.slug, subject=row.number, state="pending")


def test_limit_is_exact(settings, large, finance_user):
    settings.PAYOUT_APPROVAL_LIMIT = Decimal("708.00")
    assert claim(all_of(large), finance_user).number == 1
    settings.PAYOUT_APPROVAL_LIMIT = Decimal("707.99")
    (outcome,) = mark_paid(all_of(large), "PP-1", finance_user)
    assert "above the limit of $707.99" in outcome.problem


def test_neither_exported_nor_paid_before_the_approval(large, small, finance_user, colleague):
    with pytest.raises(WithdrawalRefused):
        claim(all_of(large), finance_user)
    batch = claim(all_of(large, small), finance_user)
    (left_out,) = unclaimed(all_of(large, small), batch)
    assert "a second person has to approve it first" in left_out.problem
    paid = {
        outcome.withdrawal: outcome for outcome in mark_paid(all_of(large, small), "P", colleague)
    }
    assert paid[small].done
    assert "a second person has to approve it first" in paid[large].problem

    asked = request(large, finance_user)
    with pytest.raises(WithdrawalRefused):
        claim(all_of(large), colleague)
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, finance_user)
    approvals.approve(asked, colleague)
    assert claim(all_of(large), finance_user).number == 2
    (outcome,) = mark_paid(all_of(large), "PP-2", finance_user)
    assert outcome.done
    large.refresh_from_db()
    assert (large.payout_approval, large.payout_approval.decided_by) == (asked, colleague)


def test_file_of_a_batch_holds_none_without_its_approval(settings, small, finance_user):
    """Such as one that was exported under a higher limit."""
    batch = claim(all_of(small), finance_user)
    settings.PAYOUT_APPROVAL_LIMIT = Decimal("100.00")
    with pytest.raises(WithdrawalRefused, match=f"second person has to approve {small.number}"):
        batches.download(batch, finance_user)


def test_declined_payout_stays_pending_and_can_be_requested_again(large, finance_user, colleague):
    approvals.decline(request(large, finance_user), colleague, "Call them first")
    with pytest.raises(WithdrawalRefused):
        claim(all_of(large), finance_user)
    assert request(large, colleague).requested_by == colleague


def test_return_closes_the_request(large, finance_user, colleague):
    asked = request(large, finance_user)
    give_back(all_of(large), "Wrong account", colleague)
    asked.refresh_from_db()
    assert asked.state == "canceled"
    with pytest.raises(approvals.AlreadyDecided):
        approvals.approve(asked, StaffFactory(is_superuser=True))


def test_requests_report_row_by_row(large, small, finance_user, colleague, sales_user):
    other = requested(agents=12)
    request(other, colleague)
    outcomes = request_approval(all_of(large, small, other), "Checked", finance_user)
    problems = {outcome.withdrawal: outcome.problem for outcome in outcomes}
    assert problems[large] == ""
    assert "can be paid without another approval" in problems[small]
    assert "already awaiting approval, requested by Fay Finance" in problems[other]
    with pytest.raises(PermissionDenied):
        request_approval(all_of(large), "Checked", sales_user)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["approve", "cancel", "return"])
def test_of_two_at_once_one_decides(large, finance_user, colleague, superuser, other):
    asked = request(large, finance_user)
    acts = {
        "approve": lambda: approvals.approve(asked, superuser),
        "cancel": lambda: approvals.cancel(asked, finance_user),
        "return": lambda: give_back(all_of(large), "Wrong account", superuser)[0],
    }
    done = race(2, lambda n: acts[other]() if n else approvals.approve(asked, colleague))
    asked.refresh_from_db()
    large.refresh_from_db()
    assert (large.payout_approval == asked) == (asked.state == "approved")
    errors = [one for one in done if isinstance(one, Exception)]
    # A return may follow an approval: the payout was let through, and not made.
    assert [type(error) for error in errors] == (
        [] if other == "return" and asked.state == "approved" else [approvals.AlreadyDecided]
    )


@pytest.mark.django_db(transaction=True)
def test_nothing_is_exported_while_the_approval_is_decided(large, finance_user, colleague):
    asked = request(large, finance_user)
    acts = [
        lambda: approvals.approve(asked, colleague),
        lambda: claim(all_of(large), finance_user),
    ]
    race(2, lambda n: acts[n]())
    large.refresh_from_db()
    assert large.batch is None or large.payout_approval == asked


def test_audit_names_a_payout_that_was_not_approved(large, finance_user, colleague):
    asked = request(large, finance_user)
    approvals.approve(asked, colleague)
    assert list(evidence.audit(Scope(None, None))) == []
    with past_guards():
        Approval.objects.filter(pk=asked.pk).update(amount=Decimal("1.00"))
    (fault,) = evidence.audit(Scope(None, None))
    assert str(fault) == f"Withdrawal {large.number}: was not approved by request {asked.pk}"


# The pages


def test_pages_lead_from_the_request_to_the_payment(finance, large, small, colleague, browser_of):
    page = address("withdrawal", "change", large.pk)
    shown = text(finance.get(page))
    assert "Above $400.00: a second person has to approve it." in shown
    assert "Request approval" in shown
    assert "Export for payment" not in shown
    assert "a second person has to approve it" in text(finance.get(LIST))

    between = run_action(finance, "request_approval", large, small)
    shown = text(between)
    assert "1 of the chosen withdrawals will not change" in shown
    assert "can be paid without another approval" in shown
    act(finance, "request_approval", large, reason="I have called them")
    asked = Approval.objects.get()
    shown = text(finance.get(page))
    assert "The payout awaits approval, requested by Finn Finance." in shown
    assert "Request approval" not in shown

    second = browser_of(colleague)
    shown = text(second.get(asked.address))
    for words in (f"{large.number}, $708.00 to", "I have called them", large.billing.paypal):
        assert words in shown, words
    second.post(asked.address, {"do": "approve"})
    shown = text(finance.get(page))
    assert "Payout approved by Fay Finance, requested by Finn Finance" in shown
    assert "Export for payment" in shown


def test_report_names_what_needs_a_second_person(finance, large, small):
    shown = text(run_action(finance, "pay", large, small))
    assert f"{large.number} is above the limit of $400.00" in shown
    assert Withdrawal.objects.get(pk=large.pk).status == "pending"


def test_much_more_than_was_ever_paid_is_pointed_out(finance, finance_user, settings):
    settings.PAYOUT_APPROVAL_LIMIT = Decimal("10000.00")
    first = requested()
    owner = first.requested_by
    mark_paid(all_of(first), "PP-1", finance_user)
    credit(owner.partner, finance_user, "LD-NEXT", 11)
    second = withdrawals.request(owner)
    words = "More than 2 times the largest amount paid to this partner so far, $354.00."
    for path in (LIST, address("withdrawal", "change", second.pk)):
        assert words in text(finance.get(path))
    for action in ("export", "pay"):
        assert words in text(run_action(finance, action, second))


def test_queries_do_not_grow_with_the_withdrawals(finance, large):
    page = f"/admin/commissions/withdrawal/request_approval/?chosen={large.pk}"
    of_one = asked(finance, LIST), asked(finance, page)
    rows = [requested(agents=20).pk for _ in range(9)]
    page = f"/admin/commissions/withdrawal/request_approval/?chosen={','.join(map(str, rows))}"
    assert (asked(finance, LIST), asked(finance, page)) == of_one
    assert max(of_one) <= 10


@pytest.fixture
def browser_of(client):
    """Make a browser in which this person is signed in."""

    def make(user):
        other = type(client)()
        sign_in(other, user)
        return other

    return make


def test_message_after_the_request_says_what_follows(finance, large):
    response = act(finance, "request_approval", large, reason="I have called them")
    assert said(response)[-1].startswith("Approval requested for 1 withdrawal.")
