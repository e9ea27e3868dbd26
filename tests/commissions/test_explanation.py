"""A frozen sum can be computed again, and its text is the same whoever froze it."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissions import explanation
from commissions.calculator import Estimate, Line, Terms
from tests.commissions.test_calculator import all_terms, deals

TERMS = Terms(date(2023, 1, 1), Decimal("500.00"), Decimal("10.00"))
BUNDLE = Estimate(
    (
        Line("LiveChat Business", 5, "annual", Decimal("59.00"), date(2023, 1, 1), plan_id=3),
        Line("HelpDesk Team", 5, "monthly", Decimal("29.00"), date(2024, 7, 1)),
    ),
    TERMS,
)


def test_everything_the_sum_came_from_is_frozen():
    assert json.loads(explanation.freeze(BUNDLE, "rev_share")) == {
        "lines": [
            {
                "plan": "LiveChat Business",
                "plan_id": 3,
                "agents": 5,
                "billing_cycle": "annual",
                "monthly_price": "59.00",
                "price_from": "2023-01-01",
                "agreed_annual": None,
                "annual_value": "3540.00",
            },
            {
                "plan": "HelpDesk Team",
                "plan_id": None,
                "agents": 5,
                "billing_cycle": "monthly",
                "monthly_price": "29.00",
                "price_from": "2024-07-01",
                "agreed_annual": None,
                "annual_value": "1740.00",
            },
        ],
        "terms": {
            "valid_from": "2023-01-01",
            "flat_fee": "500.00",
            "share_percent": "10",
            "holding_days": 0,
        },
        "commission_type": "rev_share",
        "annual_value": "5280.00",
        "amount": "528.00",
        "rounding": "half up to the cent, once",
        "steps": [
            "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00",
            "HelpDesk Team: 12 × 5 agents × $29.00 = $1,740.00",
            "Annual value: $3,540.00 + $1,740.00 = $5,280.00",
            "10% of $5,280.00 = $528.00",
        ],
    }


def test_steps_are_the_sum_in_words():
    single = Estimate(BUNDLE.lines[:1], TERMS)
    assert explanation.steps(explanation.freeze(single, "rev_share")) == [
        "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00",
        "10% of $3,540.00 = $354.00",
    ]
    assert explanation.steps(explanation.freeze(single, "flat_fee"))[-1] == "$500.00 fixed fee"


def test_text_is_canonical_however_the_amounts_are_written():
    plain = Estimate(
        (Line("LiveChat Business", 5, "annual", Decimal(59), date(2023, 1, 1), plan_id=3),),
        Terms(date(2023, 1, 1), Decimal(500), Decimal(10)),
    )
    written = explanation.freeze(Estimate(BUNDLE.lines[:1], TERMS), "rev_share")
    assert explanation.freeze(plain, "rev_share") == written
    assert ": " not in written.partition('"steps"')[0]
    assert "×" in written


@settings(max_examples=40)
@given(deals, all_terms, st.sampled_from(["flat_fee", "rev_share"]))
def test_thawing_gives_back_what_was_frozen(deal, terms, commission_type):
    estimate = Estimate(tuple(deal), terms)
    text = explanation.freeze(estimate, commission_type)
    assert explanation.thaw(text) == estimate
    assert explanation.recompute(text) == estimate.commission(commission_type)
    assert explanation.freeze(explanation.thaw(text), commission_type) == text


def changed(**changes):
    """The bundle's explanation with figures changed in place."""
    content = json.loads(explanation.freeze(BUNDLE, "rev_share"))
    for path, value in changes.items():
        *way, last = path.split("__")
        part = content
        for key in way:
            part = part[int(key)] if key.isdecimal() else part[key]
        part[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "528.01"},
        {"annual_value": "5280.01"},
        {"lines__0__annual_value": "3540.01"},
        {"lines__0__monthly_price": "59.01"},
        {"lines__1__agents": 6},
        {"terms__share_percent": "11"},
        {"commission_type": "flat_fee"},
    ],
)
def test_changed_figure_contradicts_the_others(changes):
    with pytest.raises(explanation.Inconsistent):
        explanation.recompute(changed(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        "{}",
        '{"lines": []}',
        '{"lines": [{}], "terms": {}}',
        changed(lines__0__monthly_price=59.0),
        changed(lines__0__monthly_price="NaN"),
        changed(lines__0__monthly_price="dear"),
        changed(lines__0__agents=0),
        changed(lines__0__price_from="yesterday"),
        changed(terms__flat_fee=None),
        changed(terms__share_percent="1E400"),
        changed(commission_type="lifetime"),
        changed(lines=7),
        pytest.param("[" * 100_000, id="nested too deep"),
    ],
)
def test_what_explains_nothing_is_refused(text):
    with pytest.raises(explanation.Unreadable):
        explanation.recompute(text)


def test_line_that_only_equals_one_read_before_is_refused():
    line = Line("LiveChat Business", 1, "annual", Decimal("59.00"))
    text = explanation.freeze(Estimate((line,), TERMS), "rev_share")
    assert explanation.recompute(text) == Decimal("70.80")
    with pytest.raises(explanation.Unreadable):
        explanation.recompute(text.replace('"agents":1', '"agents":true'))


def test_floats_are_refused_at_any_depth():
    for content in ({"a": 1.0}, {"a": [1, {"b": 0.5}]}, {"a": (1, 2.0)}):
        with pytest.raises(TypeError, match="float"):
            explanation.canonical(content)


def test_presented_for_people():
    deal = Estimate(
        (
            *BUNDLE.lines,
            Line("ChatBot Team", None, "annual", Decimal("130.00")),
            Line("KnowledgeBase Standard", None, "annual", agreed_annual=Decimal("500.00")),
            Line("LiveChat Enterprise", 100, "annual"),
        ),
        TERMS,
    )
    shown = explanation.present(explanation.freeze(deal, "rev_share"))
    assert [(line.step, line.source) for line in shown.lines] == [
        (
            "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00",
            "billed annually, list price since 1 Jan 2023",
        ),
        (
            "HelpDesk Team: 12 × 5 agents × $29.00 = $1,740.00",
            "billed monthly, list price since 1 Jul 2024",
        ),
        (
            "ChatBot Team: 12 × $130.00 (agreed) = $1,560.00",
            "billed annually, agreed for this deal",
        ),
        (
            "KnowledgeBase Standard: $500.00 a year, as agreed",
            "billed annually, agreed for this deal",
        ),
        ("LiveChat Enterprise: priced per deal", "billed annually"),
    ]
    assert shown.sums == (
        "Annual value: $3,540.00 + $1,740.00 + $1,560.00 + $500.00 = $7,340.00",
        "10% of $7,340.00 = $734.00",
    )
    assert shown.commission_type == "Share of the annual value"
    assert shown.terms == "Terms since 1 Jan 2023: $500.00 fixed fee or 10%"
    assert shown.rounding == "half up to the cent, once"
    assert shown.amount == Decimal("734.00")


def test_what_no_deal_led_to_is_presented_by_its_steps():
    shown = explanation.present('{"amount": "-20.00", "steps": ["A goodwill."]}')
    assert (shown.lines, shown.sums, shown.terms) == ((), ("A goodwill.",), "")
    assert shown.amount == Decimal("-20.00")


@pytest.mark.parametrize("text", ["", "{}", '{"steps": []}', '{"steps": [], "amount": "dear"}'])
def test_presenting_what_explains_nothing_is_refused(text):
    with pytest.raises(explanation.Unreadable):
        explanation.present(text)
