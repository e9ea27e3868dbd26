"""Adjustments and corrections that one person may not post: requested, and posted by a second."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.ledger import amendments, second_person
from commissions.ledger.errors import AlreadyPosted
from commissions.ledger.models import LedgerEntry
from leadportal.approvals import decisions as approvals
from leadportal.approvals.models import Approval
from leadportal.db.groups import FINANCE
from tests.commissions.entries import credit
from tests.commissions.finance import address, said, text
from tests.factories import StaffFactory
from tests.race import race
from tests.sessions import sign_in

pytestmark = pytest.mark.database


@pytest.fixture
def colleague(db):
    """Another one of finance."""
    return StaffFactory(email="fay@vendor.example", name="Fay Finance", groups=(FINANCE,))


@pytest.fixture
def entry(partner_user, finance_user):
    """$354.00 for 5 agents of LiveChat Business, a share."""
    return credit(partner_user.partner, finance_user)


def sold(**agreed):
    business = Plan.objects.select_related("product").get(product__code="livechat", code="business")
    return [Choice(business, 5, "annual", **agreed)]


def adjust(partner, amount, actor, reference="ADJ-23456789"):
    return amendments.adjust(partner, Decimal(amount), "A bonus", reference, actor)


def correct(entry, annual, actor):
    lines = sold(agreed_annual=Decimal(annual))
    return amendments.correct(entry, lines, "Another price", actor)


@pytest.mark.parametrize("amount", ["1000.00", "-1000.00"])
def test_up_to_the_limit_one_person_adjusts(partner, finance_user, amount):
    assert adjust(partner, amount, finance_user).amount == Decimal(amount)


def test_page_whose_request_waits_posts_nothing_less(partner, finance_user, colleague):
    asked = adjust(partner, "5000.00", finance_user)
    for actor in (finance_user, colleague):  # Back, and another amount
        with pytest.raises(approvals.AlreadyRequested):
            adjust(partner, "500.00", actor)
    assert not LedgerEntry.objects.exists()
    approvals.approve(asked, colleague)
    assert LedgerEntry.objects.get().amount == asked.amount


@pytest.mark.parametrize("amount", ["1000.01", "-1000.01", "1000000000.00"])
def test_above_it_a_second_person_posts_it(partner, finance_user, colleague, amount, mailoutbox):
    asked = adjust(partner, amount, finance_user)
    assert isinstance(asked, Approval)
    assert not LedgerEntry.objects.exists()
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, finance_user)
    mailoutbox.clear()
    approvals.approve(asked, colleague)
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.amount, entry.reference) == (
        "adjustment",
        Decimal(amount),
        "ADJ-23456789",
    )
    assert (entry.posted_by, entry.approval, entry.reason) == (finance_user, asked, "A bonus")
    with pytest.raises(AlreadyPosted):
        adjust(partner, amount, finance_user)


def test_small_parts_of_one_person_count_together(
    partner, stranger, finance_user, colleague, monkeypatch
):
    """Within 30 days, on one account, of either sign; what was approved does not count."""
    adjust(partner, "600.00", finance_user, "ADJ-1")
    adjust(partner, "-300.00", finance_user, "ADJ-2")
    asked = adjust(partner, "100.01", finance_user, "ADJ-3")
    assert isinstance(asked, Approval)
    assert "together with $900.00 that Finn Finance has adjusted here" in asked.summary
    approvals.approve(asked, colleague)
    for account, actor in ((partner, colleague), (stranger.partner, finance_user)):
        posted = adjust(account, "1000.00", actor, f"ADJ-{actor.pk}{account.pk}")
        assert isinstance(posted, LedgerEntry)
    assert isinstance(adjust(partner, "100.00", finance_user, "ADJ-4"), LedgerEntry)
    later = timezone.now() + timedelta(days=31)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert isinstance(adjust(partner, "1000.00", finance_user, "ADJ-5"), LedgerEntry)


@pytest.mark.parametrize(
    ("annual", "why"),
    [
        ("10620.00", ""),
        ("10620.10", "more than 3 times the $354.00 credited first"),
        ("60000.00", "above the limit of $5,000.00"),
    ],
)
def test_large_corrections_are_posted_by_a_second_person(
    entry, finance_user, colleague, annual, why
):
    done = correct(entry, annual, finance_user)
    amount = Decimal(annual) / 10
    if not why:
        assert (done.amount, done.approval) == (amount, None)
        return
    assert why in done.summary
    assert LedgerEntry.objects.count() == 1
    approvals.approve(done, colleague)
    correction = LedgerEntry.objects.get(kind="correction")
    assert (correction.amount, correction.posted_by, correction.approval) == (
        amount,
        finance_user,
        done,
    )


def test_corrections_in_small_steps_are_compared_with_the_first_credit(entry, finance_user):
    first = correct(entry, "10000.00", finance_user)
    assert isinstance(first, LedgerEntry)
    assert isinstance(correct(first, "20000.00", finance_user), Approval)


@pytest.mark.parametrize("other", ["reverse", "correct"])
def test_entry_that_is_changed_otherwise_closes_the_request(entry, finance_user, colleague, other):
    asked = correct(entry, "60000.00", finance_user)
    if other == "reverse":
        amendments.reverse(entry, "They never paid", colleague)
    else:
        correct(entry, "4000.00", colleague)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("canceled", colleague)
    with pytest.raises(approvals.AlreadyDecided):
        approvals.approve(asked, colleague)


@pytest.mark.parametrize("lost", ["groups", "is_staff"])
def test_who_lost_the_permission_gets_nothing_posted(partner, finance_user, colleague, lost):
    asked = adjust(partner, "5000.00", finance_user)
    if lost == "groups":
        finance_user.groups.clear()
    else:
        type(finance_user).objects.filter(pk=finance_user.pk).update(
            is_staff=False, partner=partner
        )
    with pytest.raises(approvals.Refused, match="no longer has the permission"):
        approvals.approve(Approval.objects.get(pk=asked.pk), colleague)
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_adjustments_at_once_count_together(partner, finance_user):
    adjust(partner, "1.00", finance_user, "ADJ-0")  # the account is there
    done = race(3, lambda n: adjust(partner, "400.00", finance_user, f"ADJ-{n + 1}"))
    assert sorted(type(one).__name__ for one in done) == ["Approval", "LedgerEntry", "LedgerEntry"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does(partner, finance_user, colleague, superuser):
    asked = adjust(partner, "5000.00", finance_user)
    done = race(2, lambda n: approvals.approve(asked, [colleague, superuser][n]))
    assert LedgerEntry.objects.count() == 1
    assert sorted(type(one).__name__ for one in done) == ["AlreadyDecided", "Approval"]


# The pages


def test_pages_say_so_before_and_after(finance, entry, colleague, superuser):
    page = address("account", "adjust", entry.account_id)
    typed = {"amount": "5,000.00", "reason": "A bonus", "reference": "ADJ-23456789"}
    shown = text(finance.post(page, typed | {"do": "preview"}))
    assert "A second person has to approve this." in shown
    assert "Email to the partner, once approved" in shown
    assert "The adjustment of $5,000.00 is above the limit of $1,000.00." in shown
    assert "more than the partner's largest commission so far, $354.00" in shown
    response = finance.post(page, typed | {"do": "post"})
    (message,) = said(response)
    assert message.startswith("Approval requested: nothing is posted yet.")
    assert message.endswith("Email sent to Fay Finance, Ada Admin.")
    again = finance.post(page, typed | {"do": "post"})
    assert "already awaiting approval, requested by Finn Finance" in said(again)[-1]
    sign_in(finance, colleague)
    asked = Approval.objects.get()
    shown = text(finance.get(asked.address))
    assert "$5,000.00 is added to the account of Brightside Consulting." in shown
    finance.post(asked.address, {"do": "approve"})
    posted = LedgerEntry.objects.get(kind="adjustment")
    response = finance.get(address("ledgerentry", "change", posted.pk))
    assert "by Finn Finance" in text(response)
    assert "by Fay Finance" in text(response)
    assert f'href="{asked.address}"' in response.content.decode()


def test_preview_of_a_correction_says_so(finance, entry):
    (line,) = sold()
    typed = {
        "lines-0-plan": line.plan.pk,
        "lines-0-agents": "5",
        "lines-0-billing_cycle": "annual",
        "reason": "Another price",
        "do": "preview",
    }
    page = address("ledgerentry", "correct", entry.pk)
    shown = text(finance.post(page, typed | {"lines-0-agreed_annual": "60000"}))
    assert "A second person has to approve this." in shown
    assert "Email to the partner, once approved" in shown
    assert "the agreed $60,000.00 a year is more than 2 times the list price, $3,540.00" in shown
    shown = text(finance.post(page, typed | {"lines-0-agreed_annual": "6000"}))
    assert "A second person" not in shown
    assert "more than 1.5 times the $354.00 that it replaces" in shown


def test_entry_shows_the_correction_that_awaits_approval(finance, entry, finance_user):
    asked = correct(entry, "60000.00", finance_user)
    response = finance.get(address("ledgerentry", "change", entry.pk))
    words = "A correction to $6,000.00 awaits approval, requested by Finn Finance."
    assert words in text(response)
    assert f'href="{asked.address}"' in response.content.decode()


def test_deduction_is_never_called_unusual(entry):
    assert second_person.unusual_adjustment(entry.account, Decimal("-5000.00")) == []
    assert second_person.unusual_adjustment(entry.account, Decimal("354.00")) == []
