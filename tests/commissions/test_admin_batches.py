"""A batch's page, and its file once more."""

import pytest

from commissions.payouts import exports
from commissions.payouts.admin import batch as batch_page
from commissions.payouts.models import Withdrawal
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from leadportal.db.groups import FINANCE
from tests.commissions.finance import address, all_of, asked, many, requested, text
from tests.factories import StaffFactory
from tests.worlds import made_once

LIST = "/admin/commissions/paymentbatch/"


@made_once
def kept():
    return StaffFactory(name="Finn Finance", groups=(FINANCE,)), many(3)


@pytest.fixture
def finance_user(made):
    return made[0]


@pytest.fixture
def rows(made):
    """Three pending ones: of $354.00, $424.80 and $495.60."""
    return made[1]


def file_of(client, batch):
    return client.get(address("paymentbatch", "csv", batch.pk))


def test_file_is_downloaded_as_often_as_wanted_and_stays_the_same(finance, finance_user, rows):
    first, second = rows[:2]
    batch = claim(all_of(first, second), finance_user)
    response = file_of(finance, batch)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="payments-batch-1.csv"'
    assert "no-store" in response["Cache-Control"]
    assert response.content == exports.payments(batch)
    mark_paid(all_of(first), "PP-1", finance_user)
    requested()
    assert file_of(finance, batch).content == response.content


@pytest.mark.any_database
def test_asking_for_the_file_claims_and_pays_nothing(finance, finance_user, rows):
    row = rows[0]
    batch = claim(all_of(row), finance_user)
    file_of(finance, batch)
    row.refresh_from_db()
    assert (row.status, row.batch) == ("pending", batch)


@pytest.mark.any_database
def test_page_says_what_became_of_the_batch(finance, finance_user, rows):
    pending, paid, returned = rows
    batch = claim(all_of(pending, paid, returned), finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    assert "Do not send it to the bank a second time" not in page
    assert "Mark the 3 pending as paid" in page
    mark_paid(all_of(paid), "PP-1", finance_user)
    give_back(all_of(returned), "Bounced", finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    for words in (
        "Batch 1",
        "by Finn Finance",
        "In all $1,274.40 3 withdrawals",
        "Pending $354.00 1 withdrawal",
        "Paid $424.80 1 withdrawal",
        "Returned $495.60 1 withdrawal",
        "Mark the 1 pending as paid",
        "Download the CSV file",
        "The file holds all 3 withdrawals",
        "Do not send it to the bank a second time.",
        *(row.number for row in (pending, paid, returned)),
        *(row.billing.paypal for row in (pending, paid, returned)),
    ):
        assert words in page, words


@pytest.mark.any_database
def test_finished_batch_offers_no_payment(finance, finance_user, rows):
    row = rows[0]
    batch = claim(all_of(row), finance_user)
    mark_paid(all_of(row), "PP-1", finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    assert "pending as paid" not in page
    assert "none of them is pending any more" in page


def test_large_batch_shows_25_and_leads_to_the_others(finance, finance_user, rows, monkeypatch):
    assert batch_page.NAMED == 25
    monkeypatch.setattr(batch_page, "NAMED", 2)
    batch = claim(all_of(*rows), finance_user)
    page = finance.get(address("paymentbatch", "change", batch.pk))
    assert len(page.context["withdrawals"]) == 2
    assert "All 3 in the list" in text(page)
    listed = finance.get(address("withdrawal", "changelist"), {"batch": batch.number})
    assert listed.context["cl"].result_count == 3


def test_list_shows_the_newest_first_with_their_sums(finance, finance_user, rows):
    first, second, third = rows
    claim(all_of(first, second), finance_user)
    claim(all_of(third), finance_user)
    page = finance.get(LIST)
    assert [batch.number for batch in page.context["cl"].result_list] == [2, 1]
    assert "Batch 1 2 $778.80" in text(page)
    assert "Batch 2 1 $495.60" in text(page)


@pytest.mark.any_database
def test_empty_list_says_where_batches_come_from(finance):
    assert "Nothing was exported yet." in text(finance.get(LIST))


@pytest.mark.any_database
@pytest.mark.parametrize("wrong", [0, 999_999])
def test_batch_that_is_not_there_leads_to_the_list(finance, wrong):
    for page in ("change", "csv"):
        response = finance.get(address("paymentbatch", page, wrong))
        assert (response.status_code, response.url) == (302, LIST)


@pytest.mark.any_database
def test_pages_ask_the_same_of_the_database_at_1_and_at_8_rows(
    finance, finance_user, rows, monkeypatch
):
    monkeypatch.setattr(batch_page, "NAMED", 5)

    one = claim(all_of(rows[0]), finance_user)
    asked(finance, LIST)
    # Session, user, two kinds of permissions; then the count and the rows, or the batch, its sums
    # and its withdrawals, or the batch and its withdrawals
    of_one = [asked(finance, path) for path in pages(one)]
    assert of_one == [6, 7, 6]
    for row in [*rows[1:], *many(9)][:3]:
        claim(all_of(row), finance_user)
    rest = claim(Withdrawal.objects.all(), finance_user)
    assert [asked(finance, path) for path in pages(rest)] == of_one


def pages(batch):
    return [
        LIST,
        address("paymentbatch", "change", batch.pk),
        address("paymentbatch", "csv", batch.pk),
    ]
