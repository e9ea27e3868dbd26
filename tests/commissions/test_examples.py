"""The worked examples hold in the ledger too: frozen, credited, stored, read back and recomputed.

The table itself is in `test_calculator`; here it goes through the database.
"""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from commissions import explanation, ledger, price_list
from commissions.calculator import CommissionType, Estimate
from commissions.chain import verify_chain
from commissions.models import Account, LedgerEntry, Plan
from leadportal.money import usd
from tests.commissions.test_calculator import EXAMPLES, FLAT, SHARE, TERMS
from tests.factories import PartnerFactory, StaffFactory
from tests.worlds import made_once

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
    ledger.credit(
        partner,
        reference=f"LD-EXAMPLE-{number}",
        explanation=explanation.freeze(estimate, type_),
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


@made_once
def accounts():
    """The numbers of two accounts: the examples as a share and as a fee in turn; the list."""
    actor, of_examples, of_list = StaffFactory(), PartnerFactory(), PartnerFactory()
    deals = [Estimate(tuple(lines), TERMS) for lines, *_ in PAYABLE.values()]
    for number, (deal, type_) in enumerate(product(deals, CommissionType)):
        credit(of_examples, actor, number, deal, type_)
    for number, (chosen, *_) in enumerate(LISTED):
        credit(of_list, actor, f"LIST-{number}", priced(chosen), SHARE)
    return of_examples.account.pk, of_list.account.pk


def entry_of(account, number):
    """Return the entry as the database has it."""
    return LedgerEntry.objects.get(account=account, number=number)


@pytest.mark.parametrize(
    ("number", "example", "type_"),
    [
        pytest.param(number, example, type_, id=f"{name} {type_}")
        for number, ((name, example), type_) in enumerate(
            product(PAYABLE.items(), CommissionType), 1
        )
    ],
)
def test_example_is_credited_and_computed_again(accounts, db, number, example, type_):
    entry = entry_of(accounts[0], number)
    _, value, share, _ = example
    expected = Decimal({SHARE: share, FLAT: "500.00"}[type_])
    assert entry.amount == expected
    assert explanation.recompute(entry.explanation) == expected
    assert explanation.thaw(entry.explanation).annual_value == Decimal(value)
    assert explanation.steps(entry.explanation)[-1] == entry.text
    assert usd(expected) in entry.text


@pytest.mark.parametrize(
    ("number", "value", "share"), [(n, *row[1:]) for n, row in enumerate(LISTED, 1)]
)
def test_list_prices_come_to_the_same_by_hand(accounts, db, number, value, share):
    entry = entry_of(accounts[1], number)
    assert entry.amount == Decimal(share)
    assert explanation.thaw(entry.explanation).annual_value == Decimal(value)
    frozen = explanation.read(entry.explanation)
    assert {line["price_from"] for line in frozen["lines"]} == {"2023-01-01"}


def test_examples_and_list_leave_whole_chains(accounts, db):
    for account, count in zip(accounts, (2 * len(PAYABLE), len(LISTED)), strict=True):
        assert verify_chain(Account.objects.get(pk=account)) == []
        assert LedgerEntry.objects.filter(account=account).count() == count


def test_every_listed_price_is_in_the_table(db):
    listed = Plan.objects.filter(prices__isnull=False).values_list(
        "product__code", "code", "prices__billing_cycle"
    )
    assert set(listed) == {
        (of, code, cycle) for chosen, *_ in LISTED for of, code, _, cycle in chosen
    }


def test_table_is_as_long_as_was_asked():
    assert len(EXAMPLES) >= 40
