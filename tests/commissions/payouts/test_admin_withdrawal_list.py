"""Finance's list of withdrawals: what it opens on, its filters, its search, its pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commissions.payouts.models import PaymentBatch
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from leadportal.db.groups import FINANCE
from leadportal.ui.admin_pages import PagesAdmin
from tests.commissions.finance import LIST, all_of, asked, billing, many, requested, text
from tests.factories import StaffFactory
from tests.past_guards import past_guards
from tests.worlds import made_once


@made_once
def kept():
    finance = StaffFactory(name="Finn Finance", groups=(FINANCE,))
    rows = dict(zip(("free", "batched", "paid", "returned"), many(4), strict=True))
    claim(all_of(rows["batched"], rows["paid"]), finance)
    mark_paid(all_of(rows["paid"]), "PP-1", finance)
    give_back(all_of(rows["returned"]), "Bounced", finance)
    return finance, rows


@pytest.fixture
def finance_user(made):
    return made[0]


@pytest.fixture
def rows(made):
    """One in each state: free and batched are pending; batch 1 holds the batched and the paid."""
    return made[1]


def numbers(response):
    return [row.number for row in response.context["cl"].result_list]


def asked_for(row, days_ago):
    with past_guards():
        all_of(row).update(requested_at=timezone.now() - timedelta(days=days_ago))


@pytest.mark.database
def test_list_opens_on_the_pending_ones_oldest_first(finance, rows):
    new, old, middle = rows["free"], rows["batched"], requested()
    for row, days_ago in ((new, 1), (old, 30), (middle, 7)):
        asked_for(row, days_ago)
    assert numbers(finance.get(LIST)) == [old.number, middle.number, new.number]


@pytest.mark.database
def test_all_shows_the_pending_ones_first_then_the_newest(finance, rows):
    for name, days_ago in (("paid", 20), ("returned", 2), ("free", 1), ("batched", 30)):
        asked_for(rows[name], days_ago)
    assert numbers(finance.get(LIST, {"status": "all"})) == [
        rows[name].number for name in ("batched", "free", "returned", "paid")
    ]


def test_row_says_who_how_much_where_to_and_the_balance(finance, finance_user):
    row = requested(
        agents=11,
        company="Kaffeehaus GmbH",
        paypal="kasse@haus.example",
        address="Am Markt 1",
        city="Kiel",
    )
    billing(row.requested_by, paypal="newer@haus.example")
    claim(all_of(row), finance_user)
    shown = text(finance.get(LIST))
    for words in (
        row.number,
        row.account.partner.name,
        "$778.80",
        "Kaffeehaus GmbH",
        "kasse@haus.example",
        "Am Markt 1, 20095 Kiel, Germany",
        "$0.00",
        "Pending",
        "in batch 2",
    ):
        assert words in shown, words
    assert "newer@haus.example" not in shown


@pytest.mark.database
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "pending"}, {"free", "batched"}),
        ({"status": "paid"}, {"paid"}),
        ({"status": "returned"}, {"returned"}),
        ({"status": "all"}, {"free", "batched", "paid", "returned"}),
        ({"status": "nonsense"}, {"free", "batched"}),
        ({"batch": "1"}, {"batched", "paid"}),
        ({"batch": "1", "status": "paid"}, {"paid"}),
        ({"batch": "none", "status": "pending"}, {"free"}),
        ({"batch": "none"}, {"free", "returned"}),
        ({"batch": "999999999"}, set()),
        ({"batch": "9" * 40, "status": "pending"}, {"free", "batched"}),
        ({"batch": "x", "status": "pending"}, {"free", "batched"}),
    ],
)
def test_filters(finance, rows, query, found):
    expected = {rows[name].number for name in found}
    assert set(numbers(finance.get(LIST, query))) == expected


@pytest.mark.database
def test_batch_that_is_not_among_the_newest_can_be_opened(finance, finance_user, rows):
    PaymentBatch.objects.bulk_create(
        PaymentBatch(number=n, created_at=timezone.now(), created_by=finance_user)
        for n in range(2, 13)
    )
    page = finance.get(LIST, {"batch": "1"})
    assert set(numbers(page)) == {rows["batched"].number, rows["paid"].number}
    listed = text(page).partition("Not exported")[2]
    assert listed.split("Batch ")[1:] == [f"{n} " for n in range(12, 2, -1)] + ["1"]


@pytest.mark.database
def test_search_finds_by_number_and_partner_in_every_status(finance, rows):
    one = rows["paid"]
    partner = one.account.partner
    partner.name = "Kaffeehaus Søborg"
    partner.save()
    for typed in ("kaffeehaus", "KAFFEEHAUS soborg", "ｓøborg", one.number.lower()):
        assert numbers(finance.get(LIST, {"q": typed})) == [one.number]
    assert numbers(finance.get(LIST, {"q": one.number.replace("-", "–")})) == [one.number]
    assert numbers(finance.get(LIST, {"q": one.number[-6:]})) == [one.number]
    everywhere = numbers(finance.get(LIST, {"q": "W-"}))
    assert everywhere == [rows[name].number for name in ("free", "batched", "returned", "paid")]
    assert numbers(finance.get(LIST, {"q": "kaffeehaus", "status": "pending"})) == []
    assert finance.get(LIST, {"q": "a\x00b"}).url == f"{LIST}?e=1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "No payments are due."),
        ({"batch": "999999999"}, "No withdrawals match these filters."),
        ({"q": "nobody"}, "No withdrawals match “nobody”."),
    ],
)
def test_empty_list_says_what_it_means(finance, finance_user, rows, query, words):
    mark_paid(all_of(rows["free"], rows["batched"]), "PP-2", finance_user)
    assert words in text(finance.get(LIST, query))


@pytest.mark.database
def test_page_holds_25_rows(finance, rows, monkeypatch):
    assert PagesAdmin.list_per_page == 25
    monkeypatch.setattr(PagesAdmin, "list_per_page", 3)
    everything = {"status": "all"}
    assert len(numbers(finance.get(LIST, everything))) == 3
    assert len(numbers(finance.get(LIST, everything | {"p": "2"}))) == 1


def test_list_asks_the_same_of_the_database_at_1_and_at_8_rows(
    finance, finance_user, rows, monkeypatch
):
    monkeypatch.setattr(PagesAdmin, "list_per_page", 5)
    give_back(all_of(rows["free"]), "Bounced", finance_user)
    asked(finance, LIST)
    # Session, user, two kinds of permissions; the batches, the count, the rows
    assert asked(finance, LIST) == 7
    assert asked(finance, LIST, {"status": "paid"}) == 7
    claim(all_of(*many(7)[:4]), finance_user)
    assert asked(finance, LIST) == 7
    assert asked(finance, LIST, {"status": "all", "all": ""}) == 7
