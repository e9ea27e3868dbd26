"""What was chosen becomes lines of the calculator, priced as of a day."""

from datetime import date
from decimal import Decimal

import pytest

from commissions.calculator import AgentsOutOfRange, Estimate, Line, NegativePrice
from commissions.catalog.models import Plan, Price
from commissions.catalog.price_list import Choice, listed_on, offers, price_lines
from commissions.catalog.terms import CommissionTerms

pytestmark = pytest.mark.database

DAY = date(2026, 11, 10)
FIRST = date(2023, 1, 1)


@pytest.fixture
def plans(db):
    """Every plan, by name."""
    return {str(plan): plan for plan in Plan.objects.offered()}


def test_lines_carry_the_list_price_and_its_date(plans):
    choices = [
        Choice(plans["LiveChat Business"], 5, "annual"),
        Choice(plans["HelpDesk Team"], 7, "monthly"),
        Choice(plans["ChatBot Team"], None, "annual"),
    ]
    assert price_lines(choices, DAY) == [
        Line(
            "LiveChat Business",
            5,
            "annual",
            Decimal(59),
            FIRST,
            plan_id=plans["LiveChat Business"].pk,
        ),
        Line("HelpDesk Team", 7, "monthly", Decimal(34), FIRST, plan_id=plans["HelpDesk Team"].pk),
        Line("ChatBot Team", None, "annual", Decimal(142), FIRST, plan_id=plans["ChatBot Team"].pk),
    ]


@pytest.mark.parametrize(
    ("chosen", "commission_type", "value", "earned"),
    [
        (["LiveChat Business"], "rev_share", "3540.00", "354.00"),
        (["LiveChat Business", "HelpDesk Team"], "rev_share", "5280.00", "528.00"),
        (["LiveChat Business"], "flat_fee", "3540.00", "500.00"),
        (["LiveChat Business", "HelpDesk Team"], "flat_fee", "5280.00", "500.00"),
    ],
)
def test_worked_examples_by_the_seeded_prices_and_terms(
    plans, chosen, commission_type, value, earned
):
    lines = price_lines([Choice(plans[name], 5, "annual") for name in chosen], DAY)
    terms = CommissionTerms.objects.in_force(DAY).as_calculated()
    estimate = Estimate(tuple(lines), terms)
    assert estimate.annual_value == Decimal(value)
    assert estimate.commission(commission_type) == Decimal(earned)
    assert terms.break_even == Decimal("5000.00")


def test_the_days_price_is_taken_on_both_sides_of_a_change(plans):
    plan = plans["LiveChat Business"]
    Price.objects.create(
        plan=plan, billing_cycle="annual", monthly=Decimal(62), valid_from=date(2026, 11, 11)
    )
    choice = Choice(plan, 5, "annual")
    assert price_lines([choice], DAY)[0].annual_value == Decimal("3540.00")
    (line,) = price_lines([choice], date(2026, 11, 11))
    assert (line.monthly_price, line.price_from) == (Decimal(62), date(2026, 11, 11))


def test_plan_without_a_list_price_is_priced_per_deal(plans):
    (line,) = price_lines([Choice(plans["LiveChat Enterprise"], 200, "annual")], DAY)
    assert line == Line(
        "LiveChat Enterprise", 200, "annual", plan_id=plans["LiveChat Enterprise"].pk
    )
    assert line.words == "priced per deal"


def test_before_the_first_price_list_everything_is_priced_per_deal(plans):
    (line,) = price_lines([Choice(plans["LiveChat Business"], 5, "annual")], date(2022, 12, 31))
    assert not line.is_priced


@pytest.mark.parametrize("name", ["LiveChat Business", "LiveChat Enterprise"])
def test_what_was_agreed_goes_before_the_list(plans, name):
    price, amount = Decimal("47.50"), Decimal("99000.00")
    by_price, by_amount, both = price_lines(
        [
            Choice(plans[name], 200, "annual", agreed_price=price),
            Choice(plans[name], 200, "annual", agreed_annual=amount),
            Choice(plans[name], 200, "annual", agreed_price=price, agreed_annual=amount),
        ],
        DAY,
    )
    assert by_price == Line(name, 200, "annual", price, plan_id=plans[name].pk)
    assert by_price.annual_value == Decimal("114000.00")
    assert by_amount == Line(name, 200, "annual", agreed_annual=amount, plan_id=plans[name].pk)
    assert both.annual_value == amount


def test_agreed_price_of_nothing_is_a_price(plans):
    (line,) = price_lines(
        [Choice(plans["LiveChat Business"], 5, "annual", agreed_price=Decimal("0.00"))], DAY
    )
    assert line.annual_value == 0
    assert line.is_priced


def test_flat_plan_takes_no_count(plans):
    (line,) = price_lines([Choice(plans["ChatBot Team"], 30, "annual")], DAY)
    assert line.agents is None
    assert line.annual_value == Decimal("1704.00")


def test_plan_sold_by_the_agent_needs_a_count(plans):
    with pytest.raises(AgentsOutOfRange, match="LiveChat Business is priced per agent"):
        price_lines([Choice(plans["LiveChat Business"], None, "annual")], DAY)


def test_the_calculators_refusals_come_through(plans):
    with pytest.raises(AgentsOutOfRange):
        price_lines([Choice(plans["LiveChat Business"], 0, "annual")], DAY)
    with pytest.raises(NegativePrice):
        price_lines(
            [Choice(plans["LiveChat Business"], 5, "annual", agreed_price=Decimal(-1))], DAY
        )


def test_one_query_whatever_the_number_of_lines(plans, django_assert_num_queries):
    for chosen in (["LiveChat Business"], list(plans)):
        with django_assert_num_queries(1):
            price_lines([Choice(plans[name], 5, "annual") for name in chosen], DAY)


def test_no_lines_ask_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert price_lines([], DAY) == []


def test_withdrawn_plan_is_not_offered_but_still_priced(plans):
    plan = plans["LiveChat Business"]
    plan.is_offered = False
    plan.save()
    assert plan not in Plan.objects.offered()
    assert price_lines([Choice(plan, 5, "annual")], DAY)[0].annual_value == Decimal("3540.00")


def test_offers_say_what_plans_cost_that_day(plans, django_assert_num_queries):
    product = plans["LiveChat Team"].product
    for cycle, pricing in (("annual", "per_agent"), ("monthly", "flat")):
        plan = Plan.objects.create(product=product, code=cycle, name=cycle, pricing=pricing)
        Price.objects.create(plan=plan, billing_cycle=cycle, monthly=7, valid_from=FIRST)
        plans[cycle] = plan
    with django_assert_num_queries(1):
        words = offers(plans.values(), listed_on(DAY))
    assert {name: words[plan.pk] for name, plan in plans.items()}.items() >= {
        "LiveChat Business": "$59.00 per agent a month, $69.00 if billed monthly",
        "LiveChat Enterprise": "priced per deal",
        "ChatBot Team": "$142.00 a month, $169.00 if billed monthly",
        "annual": "$7.00 per agent a month, billed annually",
        "monthly": "$7.00 a month, billed monthly",
    }.items()
    assert set(offers(plans.values(), {}).values()) == {"priced per deal"}
