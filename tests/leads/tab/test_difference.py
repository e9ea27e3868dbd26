"""Why a credit differs from its estimate, in words that name both sides."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.calculator import Estimate, Line, Terms
from commissions.explanation import freeze
from leads.tab.difference import difference

BEFORE, SINCE = date(2023, 1, 1), date(2026, 3, 1)
TERMS = Terms(BEFORE, Decimal("500.00"), Decimal("10.00"))
BUSINESS = "LiveChat Business"


def line(price="59.00", *, plan=BUSINESS, agents=5, cycle="annual", since=BEFORE, annual=None):
    return Line(plan, agents, cycle, price and Decimal(price), since, annual and Decimal(annual))


def compared(before, after, type_="rev_share"):
    frozen = (freeze(Estimate(tuple(lines), TERMS), type_) for lines in (before, after))
    return difference(*frozen)


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        pytest.param([line()], [line()], [], id="nothing changed"),
        pytest.param(
            [line()],
            [line("70.00", since=SINCE)],
            [
                f"{BUSINESS}: the list price of $70.00 a month (from 1 Mar 2026) instead of "
                "the list price of $59.00 a month (from 1 Jan 2023)."
            ],
            id="another price list",
        ),
        pytest.param([line()], [line(since=SINCE)], [], id="the same price in a newer list"),
        pytest.param(
            [line()],
            [line(agents=1_200)],
            [f"{BUSINESS}: 1,200 agents instead of 5."],
            id="other agents",
        ),
        pytest.param(
            [line()],
            [line("69.00", cycle="monthly")],
            [
                f"{BUSINESS}: billed monthly instead of annually.",
                f"{BUSINESS}: the list price of $69.00 a month (from 1 Jan 2023) instead of "
                "the list price of $59.00 a month (from 1 Jan 2023).",
            ],
            id="another cycle and its price",
        ),
        pytest.param(
            [line(None, since=None)],
            [line("47.50", since=None)],
            [f"{BUSINESS}: an agreed $47.50 a month instead of a price per deal."],
            id="a price agreed at last",
        ),
        pytest.param(
            [line()],
            [line(None, since=None, annual="3000.00")],
            [
                f"{BUSINESS}: an agreed $3,000.00 a year instead of "
                "the list price of $59.00 a month (from 1 Jan 2023)."
            ],
            id="an agreed sum",
        ),
        pytest.param(
            [line(), line("29.00", plan="HelpDesk Team")],
            [line("52.00", plan="ChatBot Starter", agents=None), line()],
            ["HelpDesk Team was not bought.", "ChatBot Starter was bought in addition."],
            id="other products, in another order",
        ),
    ],
)
def test_every_reason_is_named_and_no_other(before, after, reasons):
    assert compared(before, after).reasons == reasons


@pytest.mark.parametrize("type_", ["rev_share", "flat_fee"])
def test_both_annual_values_stand_side_by_side(type_):
    found = compared([line()], [line("70.00", since=SINCE)], type_)
    assert (found.estimated_value, found.credited_value) == (Decimal("3540.00"), Decimal("4200.00"))


def test_another_commission_type_is_a_reason():
    texts = (freeze(Estimate((line(),), TERMS), type_) for type_ in ("rev_share", "flat_fee"))
    assert difference(*texts).reasons == ["Fixed fee instead of share of the annual value."]


def test_renamed_plan_is_the_same_plan():
    before = replace(line(), plan_id=7)
    after = replace(line(agents=6), plan="LiveChat Growth", plan_id=7)
    assert compared([before], [after]).reasons == ["LiveChat Growth: 6 agents instead of 5."]


def test_another_plan_of_the_same_name_is_another_plan():
    found = compared([replace(line(), plan_id=7)], [replace(line(), plan_id=8)])
    assert found.reasons == [f"{BUSINESS} was not bought.", f"{BUSINESS} was bought in addition."]
