"""A win: which prices and which terms, lines without a price, and prices that were agreed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from commissions import explanation
from commissions.catalog.models import Price
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.models import LedgerEntry
from leads.decisions import Decision, DecisionError, decide, price_win
from leads.models import DealLine, Lead
from leads.status import Status
from tests.factories import BUNDLE_5, BUSINESS_5, LeadFactory
from tests.leads.answers import plan
from tests.leads.world import one, row, win, won_with, world
from tests.past_guards import past_guards
from tests.worlds import made_once


@made_once
def kept() -> Lead:
    """An approved lead: 5 agents of LiveChat Business, a share."""
    return LeadFactory(status=Status.APPROVED)


@pytest.fixture
def lead(made):
    return made


# Which prices, which terms


@pytest.fixture
def later_terms_and_prices(approved):
    """A lead of last month, and prices and terms that changed since."""
    today = timezone.localdate()
    lead = approved(submitted_at=timezone.now() - timedelta(days=30), lines=BUSINESS_5)
    for product, code, monthly in (("livechat", "business", 70), ("helpdesk", "team", 35)):
        Price.objects.create(
            plan=plan(product, code),
            billing_cycle="annual",
            monthly=Decimal(monthly),
            valid_from=today,
        )
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from = None, today - timedelta(days=1)
    terms.flat_fee, terms.share_percent = Decimal(100), Decimal(1)
    terms.save()
    return lead


@pytest.mark.database
def test_prices_are_those_of_the_day_it_was_won(later_terms_and_prices, sales_user):
    decide(one(later_terms_and_prices), win(BUNDLE_5), sales_user)
    entry = LedgerEntry.objects.get()
    # 12 × 5 × $70 + 12 × 5 × $35 = $6,300, and 10% of it
    assert entry.amount == Decimal("630.00")
    frozen = explanation.thaw(entry.explanation)
    assert {line.price_from for line in frozen.lines} == {timezone.localdate()}


@pytest.mark.database
@pytest.mark.parametrize(("type_", "amount"), [("rev_share", "420.00"), ("flat_fee", "500.00")])
def test_terms_are_those_of_the_day_it_was_submitted(
    later_terms_and_prices, sales_user, type_, amount
):
    lead = later_terms_and_prices
    Lead.objects.update(commission_type=type_)
    decide(one(lead), win(BUSINESS_5), sales_user)
    entry = LedgerEntry.objects.get()
    assert entry.amount == Decimal(amount)
    assert explanation.thaw(entry.explanation).terms.valid_from == date(2023, 1, 1)


@pytest.mark.database
def test_a_price_of_tomorrow_is_not_todays(lead, sales_user):
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal(1_000),
        valid_from=timezone.localdate() + timedelta(days=1),
    )
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("354.00")


@pytest.mark.database
@pytest.mark.parametrize(("zone", "amount"), [("UTC", "354.00"), ("Pacific/Auckland", "420.00")])
def test_the_day_it_was_won_is_one_of_the_businesss_time_zone(
    lead, sales_user, settings, monkeypatch, zone, amount
):
    settings.TIME_ZONE = zone
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal(70),
        valid_from=date(2026, 12, 1),
    )
    # 23:30 on 30 November in London, 12:30 on 1 December in Auckland
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("leads.decisions.timezone.now", lambda: at)
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal(amount)


# Lines without a price, and prices that were agreed


@pytest.mark.database
def test_a_plan_without_a_price_is_refused(lead, sales_user):
    before = world()
    with pytest.raises(DecisionError, match="LiveChat Enterprise has no list price"):
        decide(one(lead), win((*BUSINESS_5, ("livechat", "enterprise", 40))), sales_user)
    assert world() == before


def test_for_the_fixed_fee_too(approved, sales_user):
    lead = approved(commission_type="flat_fee")
    with pytest.raises(DecisionError, match="no list price"):
        decide(one(lead), win((("livechat", "enterprise", 40),)), sales_user)


@pytest.mark.usefixtures("no_approval_limits")
@pytest.mark.database
@pytest.mark.parametrize(
    ("agreed", "amount", "words"),
    [
        (
            {"agreed_price": Decimal("99.50")},
            "4776.00",
            "12 × 40 agents × $99.50 (agreed) = $47,760.00",
        ),
        ({"agreed_annual": Decimal("12345.67")}, "1234.57", "$12,345.67 a year, as agreed"),
    ],
)
def test_what_was_agreed_is_the_price(lead, sales_user, agreed, amount, words):
    decide(one(lead), won_with(row("livechat", "enterprise", 40, **agreed)), sales_user)
    entry = LedgerEntry.objects.get()
    assert entry.amount == Decimal(amount)
    assert f"LiveChat Enterprise: {words}" in explanation.steps(entry.explanation)
    stored = DealLine.objects.get(lead=lead, stage="final")
    assert stored.price_from is None
    assert stored.monthly_price == agreed.get("agreed_price")
    assert stored.agreed_annual == agreed.get("agreed_annual")


@pytest.mark.database
def test_what_was_agreed_goes_before_the_list(lead, sales_user):
    agreed = row("livechat", "business", 5, agreed_price=Decimal(50))
    decide(one(lead), won_with(agreed), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("300.00")


@pytest.mark.database
@pytest.mark.parametrize(
    ("annual", "amount"), [("0.05", "0.01"), ("0.14", "0.01"), ("0.15", "0.02"), ("5.00", "0.50")]
)
def test_a_commission_of_a_cent_is_credited_rounded_half_up(lead, sales_user, annual, amount):
    agreed = row("livechat", "enterprise", 40, agreed_annual=Decimal(annual))
    decide(one(lead), won_with(agreed), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal(amount)


@pytest.mark.parametrize(
    "agreed",
    [
        {"agreed_price": Decimal(0)},
        {"agreed_annual": Decimal(0)},
        {"agreed_annual": Decimal("0.04")},
    ],
)
def test_a_win_that_pays_nothing_is_refused(lead, sales_user, agreed):
    before = world()
    with pytest.raises(DecisionError, match=r"\$0\.00"):
        decide(one(lead), won_with(row("livechat", "business", 5, **agreed)), sales_user)
    assert world() == before


@pytest.mark.database
def test_a_fixed_fee_of_nothing_is_refused_too(approved, sales_user):
    lead = approved(commission_type="flat_fee")
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from, terms.flat_fee = None, timezone.localdate(), Decimal(0)
    terms.save()
    with past_guards():
        Lead.objects.update(terms=terms)
    with pytest.raises(DecisionError, match=r"\$0\.00"):
        decide(one(lead), win(BUSINESS_5), sales_user)


@pytest.mark.parametrize("lines", [(), []])
def test_a_win_without_lines_is_refused(lead, sales_user, lines):
    with pytest.raises(DecisionError, match="at least one line"):
        decide(one(lead), Decision(to="won", message="x", lines=lines), sales_user)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([("livechat", "business", None)], "is priced per agent. Enter the number of agents"),
        ([("livechat", "business", 0)], "from 1 to 100,000"),
        ([("livechat", "business", 100_001)], "from 1 to 100,000"),
        ([("livechat", "business", 5, "weekly")], "LiveChat Business: the billing cycle must be"),
        (
            [("livechat", "business", 5, "weekly", {"agreed_price": Decimal(50)})],
            "the billing cycle must be annual or monthly, not “weekly”",
        ),
        ([("livechat", "business", 5, "annual", {"agreed_price": Decimal(-1)})], "zero or more"),
        (
            [("livechat", "business", 5, "annual", {"agreed_price": Decimal("0.005")})],
            "whole number of cents",
        ),
        (
            [("livechat", "business", 5, "annual", {"agreed_annual": Decimal(10**12)})],
            "A price is at most",
        ),
        (
            [("livechat", "business", 100_000, "annual", {"agreed_price": Decimal(10**9)})],
            "The annual value would be",
        ),
        (
            [("livechat", "business", 5), ("livechat", "business", 7, "monthly")],
            "LiveChat Business is in 2 lines",
        ),
    ],
)
def test_lines_without_a_meaning_are_refused_and_leave_nothing(lead, sales_user, rows, problem):
    chosen = [row(*line[:4], **(line[4] if line[4:] else {})) for line in rows]
    before = world()
    with pytest.raises(DecisionError, match=problem):
        decide(one(lead), won_with(*chosen), sales_user)
    assert world() == before


@pytest.mark.database
def test_the_price_shown_before_is_the_one_credited(lead, sales_user):
    shown = price_win(lead, win(BUNDLE_5).lines, timezone.localdate())
    decide(one(lead), win(BUNDLE_5), sales_user)
    assert LedgerEntry.objects.get().amount == shown.commission(lead.commission_type)


@pytest.mark.database
def test_a_lead_of_an_import_without_lines_can_be_won(sales_user, db):
    lead = LeadFactory(source="import", status=Status.APPROVED)
    assert lead.estimate == ""
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("354.00")
