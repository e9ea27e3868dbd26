"""The worked examples hold in the ledger too: frozen, credited, stored, read back and recomputed.

The table itself is in `test_calculator`; here it goes through the database, whole on SQLite.
"""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from commissions import explanation
from commissions.calculator import Estimate
from commissions.catalog import price_list
from commissions.catalog.models import Plan
from commissions.ledger import posting
from commissions.ledger.chain import verify_chain
from leadportal.money import usd
from tests.commissions.entries import frozen
from tests.commissions.test_calculator import EXAMPLES, FLAT, SHARE, TERMS

PAYABLE = {name: row for name, row in EXAMPLES.items() if Decimal(row[2])}

# product, plan, agents, cycle (…) → annual value, share; at the list prices of a new database
LISTED = [
    ((("livechat", "starter", 5, "annual"),), "1200.00", "120.00"),
    ((("livechat", "starter", 5, "monthly"),), "1440.00", "144.00"),
    ((("livechat", "team", 5, "annual"),), "2460.00", "246.00"),
    ((("livechat", "team", 5, "monthly"),), "2940.00", "294.00"),
    ((("livechat", "business", 5, "annual"),), "3540.00", "354.00"),
    ((("livechat", "business", 5, "monthly"),), "4140.00", "414.00"),
    ((("helpdesk", "team", 5, "annual"),), "1740.00", "174.00"),
    ((("helpdesk", "team", 5, "monthly"),), "2040.00", "204.00"),
    ((("helpdesk", "business", 5, "annual"),), "3000.00", "300.00"),
    ((("helpdesk", "business", 5, "monthly"),), "3600.00", "360.00"),
    ((("chatbot", "starter", None, "annual"),), "624.00", "62.40"),
    ((("chatbot", "starter", None, "monthly"),), "780.00", "78.00"),
    ((("chatbot", "team", None, "annual"),), "1704.00", "170.40"),
    ((("chatbot", "team", None, "monthly"),), "2028.00", "202.80"),
    ((("chatbot", "business", None, "annual"),), "5088.00", "508.80"),
    ((("chatbot", "business", None, "monthly"),), "5988.00", "598.80"),
    ((("knowledgebase", "standard", None, "annual"),), "588.00", "58.80"),
    ((("knowledgebase", "standard", None, "monthly"),), "708.00", "70.80"),
    (
        (("livechat", "business", 5, "annual"), ("helpdesk", "team", 5, "annual")),
        "5280.00",
        "528.00",
    ),
    (
        (("livechat", "business", 5, "monthly"), ("chatbot", "starter", None, "annual")),
        "4764.00",
        "476.40",
    ),
]


def credit(partner, actor, number, estimate, type_):
    posting.credit(
        partner,
        reference=f"LD-EXAMPLE-{number}",
        explanation=frozen(estimate, type_),
        amount=estimate.commission(type_),
        text=estimate.words(type_),
        actor=actor,
    )


def priced(chosen):
    plans = Plan.objects.select_related("product")
    choices = [
        price_list.Choice(plans.get(product__code=of, code=code), agents, cycle)
        for of, code, agents, cycle in chosen
    ]
    return Estimate(tuple(price_list.price_lines(choices, date(2023, 6, 1))), TERMS)


# One of each kind of sum: PostgreSQL stores and reads back these
FEW = (
    "the bundle: 3,540 + 12 × 5 × 29",
    "flat and per agent: 12 × 49 + 12 × 7 × 41",
    "half a cent goes up: 10% of 0.05",
    "an agreed price: 12 × 200 × 47.50",
    "an agreed amount a year, whatever the count",
    "as many as may be: 12 × 100,000 × 59",
)


@pytest.mark.parametrize(
    ("names", "types"),
    [
        pytest.param([*PAYABLE], [SHARE], id="all"),
        pytest.param(FEW, [SHARE, FLAT], id="a few", marks=pytest.mark.database),
    ],
)
def test_examples_are_credited_and_computed_again(partner, finance_user, names, types):
    examples = list(product(names, types))
    for number, (name, type_) in enumerate(examples):
        credit(partner, finance_user, number, Estimate(tuple(PAYABLE[name][0]), TERMS), type_)
    entries = partner.account.entries.order_by("number")
    for entry, (name, type_) in zip(entries, examples, strict=True):
        _, value, share, _ = PAYABLE[name]
        expected = Decimal({SHARE: share, FLAT: "500.00"}[type_])
        assert entry.amount == expected, name
        assert explanation.recompute(entry.explanation) == expected, name
        assert explanation.thaw(entry.explanation).annual_value == Decimal(value), name
        assert explanation.steps(entry.explanation)[-1] == entry.text, name
        assert usd(expected) in entry.text, name
    assert verify_chain(partner.account) == []


@pytest.mark.database
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(LISTED, id="all"),
        pytest.param(LISTED[-2:], id="a few", marks=pytest.mark.postgresql),
    ],
)
def test_list_prices_come_to_the_same_by_hand(partner, finance_user, rows):
    for number, (chosen, *_) in enumerate(rows):
        credit(partner, finance_user, number, priced(chosen), SHARE)
    entries = partner.account.entries.order_by("number")
    for entry, (chosen, value, share) in zip(entries, rows, strict=True):
        assert entry.amount == Decimal(share), chosen
        assert explanation.thaw(entry.explanation).annual_value == Decimal(value), chosen
        frozen = explanation.read(entry.explanation)
        assert {line["price_from"] for line in frozen["lines"]} == {"2023-01-01"}, chosen
    assert verify_chain(partner.account) == []


@pytest.mark.database
def test_every_listed_price_is_in_the_table(db):
    listed = Plan.objects.filter(prices__isnull=False).values_list(
        "product__code", "code", "prices__billing_cycle"
    )
    assert set(listed) == {
        (of, code, cycle) for chosen, *_ in LISTED for of, code, _, cycle in chosen
    }


def test_table_has_at_least_forty_examples():
    assert len(EXAMPLES) >= 40
