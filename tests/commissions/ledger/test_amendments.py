"""Finance takes back, puts right and adjusts; the owners hear of each in the same transaction."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from commissions import explanation
from commissions.calculator import Estimate, Line
from commissions.catalog.models import Plan, Price
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import amendments, emails
from commissions.ledger.chain import verify_chain
from commissions.ledger.errors import AlreadyPosted, AmountRefused, EntryRefused
from commissions.ledger.models import Account, LedgerEntry
from tests.commissions.entries import TERMS, credit, deal, frozen
from tests.factories import UserFactory

REASON = "They bought six agents"


@pytest.fixture
def entry(partner_user, finance_user):
    """$354.00 for 5 agents of LiveChat Business, a share."""
    return credit(partner_user.partner, finance_user)


@pytest.fixture
def business(db):
    return Plan.objects.select_related("product").get(product__code="livechat", code="business")


def sold(plan, agents=6, **fields):
    return [Choice(plan=plan, agents=agents, billing_cycle="annual", **fields)]


def credited_as(partner, actor, commission_type, amount, estimate=None):
    estimate = estimate or deal(5)
    return credit(
        partner,
        actor,
        explanation=frozen(estimate, commission_type),
        amount=Decimal(amount),
    )


# Reversing


@pytest.mark.database
def test_reversal_takes_the_commission_back(entry, finance_user, mailoutbox):
    reversal = amendments.reverse(entry, "The customer never paid", finance_user)
    assert (reversal.kind, reversal.amount) == ("reversal", Decimal("-354.00"))
    assert reversal.posted_by == finance_user
    assert Account.objects.get().balance == 0
    [message] = mailoutbox
    assert message.to == ["owner@brightside.example"]
    assert message.subject == "Commission reversed: −$354.00 for LD-7KQ2M9XA"
    for body in (message.body, message.alternatives[0].content):
        assert "The customer never paid" in body
        assert "$354.00" in body
        assert "LD-7KQ2M9XA" in body


@pytest.mark.database
def test_second_reversal_posts_and_emails_nothing(entry, finance_user, mailoutbox):
    amendments.reverse(entry, "Never paid", finance_user)
    with pytest.raises(AlreadyPosted, match="Entry 1 was already reversed: entry 2"):
        amendments.reverse(entry, "Never paid", finance_user)
    assert LedgerEntry.objects.count() == 2
    assert len(mailoutbox) == 1


def test_every_owner_who_signs_in_is_emailed_and_nobody_else(entry, finance_user, mailoutbox):
    partner = entry.account.partner
    UserFactory(partner=partner, email="second@brightside.example")
    UserFactory(partner=partner, email="gone@brightside.example", is_active=False)
    UserFactory(partner=partner, email="member@brightside.example", role="member")
    UserFactory()
    amendments.reverse(entry, "Never paid", finance_user)
    assert [message.to for message in mailoutbox] == [
        ["owner@brightside.example"],
        ["second@brightside.example"],
    ]


# Correcting


@pytest.mark.database
def test_correction_puts_the_right_commission_in_its_place(
    entry, business, finance_user, mailoutbox
):
    correction = amendments.correct(entry, sold(business), REASON, finance_user)
    reversal = LedgerEntry.objects.get(kind="reversal")
    assert (reversal.amount, reversal.refers_to) == (Decimal("-354.00"), entry)
    assert (correction.kind, correction.amount) == ("correction", Decimal("424.80"))
    assert correction.refers_to == entry
    assert correction.text == "10% of $4,248.00 = $424.80"
    assert explanation.recompute(correction.explanation) == Decimal("424.80")
    assert Account.objects.get().balance == Decimal("424.80")
    assert verify_chain(Account.objects.get()) == []
    [message] = mailoutbox
    assert message.subject == "Commission corrected: $424.80 for LD-7KQ2M9XA"
    assert "12 × 6 agents × $59.00 = $4,248.00" in message.body
    assert "$354.00 was credited" in message.body
    assert message.body.count(REASON) == 1
    assert "12 × 6 agents × $59.00 = $4,248.00" in message.alternatives[0].content


@pytest.mark.database
def test_it_is_computed_by_the_prices_of_the_first_entrys_day(
    partner_user, business, finance_user, monkeypatch
):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 10, 12, tzinfo=UTC))
    entry = credit(partner_user.partner, finance_user)
    Price.objects.create(
        plan=business,
        billing_cycle="annual",
        monthly=Decimal("99.00"),
        valid_from=date(2026, 11, 11),
    )
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 24, 12, tzinfo=UTC))
    correction = amendments.correct(entry, sold(business), REASON, finance_user)
    assert correction.amount == Decimal("424.80")  # at $59.00
    again = amendments.correct(correction, sold(business, 7), REASON, finance_user)
    assert again.amount == Decimal("495.60")  # at $59.00 still, though corrected in December
    assert explanation.thaw(again.explanation).lines[0].price_from == date(2023, 1, 1)


@pytest.mark.database
def test_it_is_computed_by_the_frozen_terms(partner_user, business, finance_user):
    terms = type(TERMS)(date(2022, 1, 1), Decimal("400.00"), Decimal("12.50"))
    estimate = Estimate(deal(5).lines, terms)
    entry = credited_as(partner_user.partner, finance_user, "rev_share", "442.50", estimate)
    assert CommissionTerms.objects.get().share_percent == 10
    correction = amendments.correct(entry, sold(business), REASON, finance_user)
    assert correction.amount == Decimal("531.00")
    assert explanation.thaw(correction.explanation).terms == terms


@pytest.mark.database
def test_fixed_fee_stays_a_fixed_fee(partner_user, business, finance_user):
    entry = credited_as(partner_user.partner, finance_user, "flat_fee", "500.00")
    correction = amendments.correct(entry, sold(business), REASON, finance_user)
    assert correction.amount == Decimal("500.00")
    assert explanation.read(correction.explanation)["commission_type"] == "flat_fee"


@pytest.mark.parametrize(
    ("agreed", "amount"),
    [
        ({"agreed_price": Decimal("50.00")}, "360.00"),
        ({"agreed_annual": Decimal("1234.56")}, "123.46"),
    ],
)
def test_agreed_prices_go_before_the_list(entry, business, finance_user, agreed, amount):
    correction = amendments.correct(entry, sold(business, **agreed), REASON, finance_user)
    assert correction.amount == Decimal(amount)


def test_same_lines_are_no_correction(entry, business, finance_user, mailoutbox):
    with pytest.raises(EntryRefused, match="nothing to correct"):
        amendments.correct(entry, sold(business, 5), REASON, finance_user)
    assert LedgerEntry.objects.count() == 1
    assert mailoutbox == []


@pytest.mark.database
def test_same_lines_may_be_credited_again_after_a_reversal(entry, business, finance_user):
    amendments.reverse(entry, "By mistake", finance_user)
    correction = amendments.correct(entry, sold(business, 5), "They did pay", finance_user)
    assert correction.amount == Decimal("354.00")
    assert LedgerEntry.objects.filter(kind="reversal").count() == 1
    assert Account.objects.get().balance == Decimal("354.00")


@pytest.mark.database
def test_lines_without_a_price_are_refused(entry, finance_user):
    enterprise = Plan.objects.get(product__code="livechat", code="enterprise")
    with pytest.raises(AmountRefused, match="LiveChat Enterprise has no list price"):
        amendments.correct(entry, sold(enterprise), REASON, finance_user)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("agreed", [Decimal("0.00"), Decimal("0.01")])
def test_lines_that_pay_nothing_are_refused(entry, business, finance_user, agreed):
    with pytest.raises(AmountRefused, match=r"\$0\.00"):
        amendments.correct(entry, sold(business, agreed_annual=agreed), REASON, finance_user)
    assert LedgerEntry.objects.count() == 1


def test_no_lines_are_refused(entry, finance_user):
    with pytest.raises(AmountRefused, match="at least one line"):
        amendments.correct(entry, [], REASON, finance_user)


@pytest.mark.database
def test_entry_is_corrected_once_then_its_correction_is(entry, business, finance_user):
    correction = amendments.correct(entry, sold(business), REASON, finance_user)
    with pytest.raises(AlreadyPosted, match="Entry 1 was already corrected: entry 3"):
        amendments.correct(entry, sold(business, 7), REASON, finance_user)
    amendments.correct(correction, sold(business, 7), REASON, finance_user)
    assert Account.objects.get().balance == Decimal("495.60")
    assert verify_chain(Account.objects.get()) == []


def test_only_a_computed_entry_has_a_basis(entry, finance_user):
    reversal = amendments.reverse(entry, "Never paid", finance_user)
    for door in (
        lambda: amendments.basis_of(reversal),
        lambda: amendments.correct(reversal, [], REASON, finance_user),
    ):
        with pytest.raises(EntryRefused, match="not computed from the lines of a deal"):
            door()


@pytest.mark.database
def test_correction_of_a_deal_with_a_plan_of_another_name(partner_user, business, finance_user):
    line = Line("LiveChat Enterprise Plus", 5, "annual", Decimal("59.00"), date(2023, 1, 1))
    estimate = Estimate((line,), TERMS)
    entry = credited_as(partner_user.partner, finance_user, "rev_share", "354.00", estimate)
    assert amendments.correct(entry, sold(business, 5), REASON, finance_user).amount == 354


# Adjusting


@pytest.mark.parametrize(
    ("amount", "words"), [("25.00", "added $25.00"), ("-25.50", "$25.50 from")]
)
def test_adjustment_is_emailed_with_its_reason(
    partner_user, finance_user, mailoutbox, amount, words
):
    entry = amendments.adjust(
        partner_user.partner, Decimal(amount), "A bonus", "ADJ-23456789", finance_user
    )
    assert (entry.kind, entry.amount) == ("adjustment", Decimal(amount))
    [message] = mailoutbox
    assert message.to == ["owner@brightside.example"]
    assert words in message.body
    assert "Reason: A bonus" in message.body
    assert "ADJ-23456789" in message.body


@pytest.mark.database
def test_adjustment_is_posted_once(partner_user, finance_user, mailoutbox):
    def adjust():
        return amendments.adjust(
            partner_user.partner, Decimal("25.00"), "A bonus", "ADJ-23456789", finance_user
        )

    adjust()
    with pytest.raises(AlreadyPosted, match="ADJ-23456789 was already posted"):
        adjust()
    assert Account.objects.get().balance == Decimal("25.00")
    assert len(mailoutbox) == 1


# Who may; all or nothing


def doors(entry, business):
    partner = entry.account.partner
    return {
        "reverse": lambda user: amendments.reverse(entry, REASON, user),
        "correct": lambda user: amendments.correct(entry, sold(business), REASON, user),
        "adjust": lambda user: amendments.adjust(partner, Decimal(1), REASON, "ADJ-23456789", user),
    }


@pytest.mark.parametrize("door", ["reverse", "correct", "adjust"])
def test_nobody_but_finance_amends(entry, business, door, partner_user, sales_user, mailoutbox):
    for user in (partner_user, sales_user):
        with pytest.raises(PermissionDenied):
            doors(entry, business)[door](user)
    assert LedgerEntry.objects.count() == 1
    assert mailoutbox == []


@pytest.mark.database
@pytest.mark.parametrize("door", ["reverse", "correct", "adjust"])
def test_entries_and_mail_commit_together(entry, business, door, finance_user, monkeypatch):
    def fail(*args):
        raise OSError("the disk is full")

    monkeypatch.setattr(emails, "send_posted", fail)
    with pytest.raises(OSError, match="disk is full"):
        doors(entry, business)[door](finance_user)
    assert LedgerEntry.objects.count() == 1
    assert Account.objects.get().balance == Decimal("354.00")


@pytest.mark.parametrize("door", ["reverse", "correct", "adjust"])
def test_amendment_without_a_reason_is_refused(partner_user, entry, business, door, finance_user):
    partner = entry.account.partner
    empty = {
        "reverse": lambda: amendments.reverse(entry, " ", finance_user),
        "correct": lambda: amendments.correct(entry, sold(business), " ", finance_user),
        "adjust": lambda: amendments.adjust(partner, Decimal(1), " ", "ADJ-2", finance_user),
    }
    with pytest.raises(EntryRefused, match="reason"):
        empty[door]()
    assert LedgerEntry.objects.count() == 1
