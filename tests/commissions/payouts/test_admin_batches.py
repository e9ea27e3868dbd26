"""A batch's page: its file, who downloaded it, and what has changed since."""

import hashlib

import pytest

from commissions.payouts import paypal
from commissions.payouts.admin import batch as batch_page
from commissions.payouts.batches import download, release
from commissions.payouts.models import BatchDownload, Withdrawal
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from leadportal.approvals.decisions import approve
from leadportal.approvals.models import Approval
from leadportal.db.groups import FINANCE
from tests.commissions.finance import address, all_of, asked, many, requested, said, text
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
    return client.post(address("paymentbatch", "csv", batch.pk))


def page_of(client, batch):
    return text(client.get(address("paymentbatch", "change", batch.pk)))


@pytest.mark.database
def test_file_is_downloaded_as_often_as_wanted_and_pays_what_is_pending(
    finance, finance_user, rows
):
    first, second = rows[:2]
    batch = claim(all_of(first, second), finance_user)
    response = file_of(finance, batch)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="payments-batch-1.csv"'
    assert "no-store" in response["Cache-Control"]
    assert response.content == paypal.payment_file([first, second])
    mark_paid(all_of(first), "PP-1", finance_user)
    requested()
    assert file_of(finance, batch).content == paypal.payment_file([second])


@pytest.mark.parametrize("method", ["get", "head"])
def test_only_a_pressed_button_downloads(finance, finance_user, rows, method):
    batch = claim(all_of(*rows), finance_user)
    response = getattr(finance, method)(address("paymentbatch", "csv", batch.pk))
    assert (response.status_code, response.url) == (
        302,
        address("paymentbatch", "change", batch.pk),
    )
    assert not BatchDownload.objects.exists()


def test_where_nothing_is_pending_no_file_is_made_and_the_page_says_so(finance, finance_user, rows):
    batch = claim(all_of(rows[0]), finance_user)
    mark_paid(all_of(rows[0]), "PP-1", finance_user)
    response = file_of(finance, batch)
    assert response.status_code == 302
    assert said(response) == ["Nothing in batch 1 is pending, so there is no file to download."]
    assert "Download PayPal file" not in page_of(finance, batch)


def test_page_says_who_downloaded_what_and_when(finance, finance_user, superuser, rows):
    batch = claim(all_of(*rows), finance_user)
    assert "The file has not been downloaded yet." in page_of(finance, batch)
    assert "not downloaded" in text(finance.get(LIST))
    content = file_of(finance, batch).content
    give_back(all_of(rows[2]), "Bounced", finance_user)
    download(batch, superuser)
    page = page_of(finance, batch)
    for words in (
        "just now Out of date: do not send Finn Finance 3 $1,274.40 "
        + hashlib.sha256(content).hexdigest(),
        "just now Ada Admin 2 $778.80",
        "Send only one file per batch to PayPal.",
        "Nothing: all payments in it are still pending in this batch.",
    ):
        assert words in page, words
    assert "not downloaded" not in text(finance.get(LIST))


def test_page_names_what_changed_since_the_last_download(finance, finance_user, superuser, rows):
    pending, paid, returned = rows
    batch = claim(all_of(*rows), finance_user)
    file_of(finance, batch)
    mark_paid(all_of(paid), "PP-1", finance_user)
    page = page_of(finance, batch)
    assert f"{paid.number} Paid by Finn Finance" in page
    assert "Do not send" not in page, "the file was sent, and is as it should be"
    give_back(all_of(returned), "Bounced", superuser)
    approval = release(pending, "Not yet", finance_user, was_sent=False)
    page = page_of(finance, batch)
    assert "Do not send the file that Finn Finance downloaded on" in page
    assert "A new download contains only the 1 pending payment." in page
    assert "Release awaits approval" in page
    approve(approval, superuser)
    page = page_of(finance, batch)
    for words in (
        f"{pending.number} Released by Finn Finance, approved by Ada Admin",
        f"{returned.number} Returned by Ada Admin",
        f"{paid.number} Paid by Finn Finance",
        "just now $354.00",
        "just now $495.60",
        "just now $424.80",
        f"{pending.number} Finn Finance, approved by Ada Admin Not yet",
    ):
        assert words in page, words
    file_of(finance, claim(all_of(pending), finance_user))
    assert "Do not send" in page_of(finance, batch), "the other batch's file changes nothing here"


@pytest.mark.database
def test_older_file_stays_out_of_date_after_a_newer_one(finance, finance_user, superuser, rows):
    pending, paid, returned = rows
    batch = claim(all_of(*rows), finance_user)
    file_of(finance, batch)
    mark_paid(all_of(paid), "PP-1", finance_user)
    give_back(all_of(returned), "Wrong account", superuser)
    download(batch, superuser)
    page = page_of(finance, batch)
    assert page.count("Out of date: do not send") == 1
    assert "just now Out of date: do not send Finn Finance 3" in page
    release(pending, "Not yet", finance_user, was_sent=False)
    approve(Approval.objects.get(), superuser)
    file_of(finance, claim(all_of(pending), finance_user))
    assert page_of(finance, batch).count("Out of date: do not send") == 2


def test_batch_that_everything_was_released_from_is_shown(finance, finance_user, rows):
    batch = claim(all_of(rows[0]), finance_user)
    release(rows[0], "Wrong batch", finance_user)
    page = page_of(finance, batch)
    assert "Total $0.00 0 withdrawals" in page
    assert "None: all were released." in page
    assert f"{rows[0].number} Finn Finance Wrong batch" in page
    assert "Batch 1 0 –" in text(finance.get(LIST))


def test_asking_for_the_file_claims_and_pays_nothing(finance, finance_user, rows):
    row = rows[0]
    batch = claim(all_of(row), finance_user)
    file_of(finance, batch)
    row.refresh_from_db()
    assert (row.status, row.batch) == ("pending", batch)


def test_page_says_what_became_of_the_batch(finance, finance_user, rows):
    pending, paid, returned = rows
    batch = claim(all_of(pending, paid, returned), finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    assert "Mark 3 pending withdrawals as paid" in page
    mark_paid(all_of(paid), "PP-1", finance_user)
    give_back(all_of(returned), "Bounced", finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    for words in (
        "Batch 1",
        "by Finn Finance",
        "Total $1,274.40 3 withdrawals",
        "Pending $354.00 1 withdrawal",
        "Paid $424.80 1 withdrawal",
        "Returned $495.60 1 withdrawal",
        "Mark 1 pending withdrawal as paid",
        "Download PayPal file",
        *(row.number for row in (pending, paid, returned)),
        *(row.billing.paypal for row in (pending, paid, returned)),
    ):
        assert words in page, words


def test_finished_batch_offers_no_payment(finance, finance_user, rows):
    row = rows[0]
    batch = claim(all_of(row), finance_user)
    mark_paid(all_of(row), "PP-1", finance_user)
    page = text(finance.get(address("paymentbatch", "change", batch.pk)))
    assert "as paid" not in page
    assert "Download PayPal file" not in page


@pytest.mark.database
def test_large_batch_shows_25_and_leads_to_the_others(finance, finance_user, rows, monkeypatch):
    assert batch_page.NAMED == 25
    monkeypatch.setattr(batch_page, "NAMED", 2)
    batch = claim(all_of(*rows), finance_user)
    page = finance.get(address("paymentbatch", "change", batch.pk))
    assert len(page.context["withdrawals"]) == 2
    assert "All 3 in the list" in text(page)
    listed = finance.get(address("withdrawal", "changelist"), {"batch": batch.number})
    assert listed.context["cl"].result_count == 3


@pytest.mark.database
def test_list_shows_the_newest_first_with_their_sums(finance, finance_user, rows):
    first, second, third = rows
    claim(all_of(first, second), finance_user)
    claim(all_of(third), finance_user)
    page = finance.get(LIST)
    assert [batch.number for batch in page.context["cl"].result_list] == [2, 1]
    assert "Batch 1 2 $778.80" in text(page)
    assert "Batch 2 1 $495.60" in text(page)


def test_empty_list_says_where_batches_come_from(finance):
    assert "Nothing has been exported yet." in text(finance.get(LIST))


@pytest.mark.parametrize("wrong", [0, 999_999])
def test_batch_that_is_not_there_leads_to_the_list(finance, wrong):
    for page in ("change", "csv"):
        response = finance.get(address("paymentbatch", page, wrong))
        assert (response.status_code, response.url) == (302, LIST)


def test_pages_ask_the_same_of_the_database_at_1_and_at_8_rows(
    finance, finance_user, superuser, rows, monkeypatch
):
    monkeypatch.setattr(batch_page, "NAMED", 5)

    one = claim(all_of(rows[0]), finance_user)
    asked(finance, LIST)
    download(one, finance_user)
    # Session, user, two kinds of permissions; then the count and the rows, or the batch, its sums
    # and its withdrawals, its downloads and releases, and what has changed since
    of_one = [asked(finance, path) for path in pages(one)]
    assert of_one == [6, 10]
    for row in [*rows[1:], *many(9)][:3]:
        claim(all_of(row), finance_user)
    rest = claim(Withdrawal.objects.all(), finance_user)
    for _ in range(8):
        download(rest, finance_user)
    give_back(all_of(*rest.withdrawals.all()[:2]), "Bounced", finance_user)
    for row in rest.withdrawals.filter(status="pending")[:2]:
        approve(release(row, "Not yet", finance_user, was_sent=False), superuser)
    assert [asked(finance, path) for path in pages(rest)] == of_one


def pages(batch):
    return [
        LIST,
        address("paymentbatch", "change", batch.pk),
    ]
