"""The page that takes a withdrawal out of its batch, with a second person where a file holds it."""

import pytest

from commissions.payouts.batches import download, release
from commissions.payouts.models import BatchRelease
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from leadportal.approvals.decisions import approve
from leadportal.approvals.models import Approval
from leadportal.db.groups import FINANCE
from tests.commissions.finance import (
    act,
    address,
    all_of,
    asked,
    many,
    requested,
    run_action,
    said,
    text,
)
from tests.factories import StaffFactory
from tests.sessions import sign_in
from tests.worlds import made_once


@made_once
def kept():
    people = [StaffFactory(name=f"{name} Finance", groups=(FINANCE,)) for name in ("Finn", "Fay")]
    rows = many(2)
    return people, rows, claim(all_of(*rows), people[0])


@pytest.fixture
def finance_user(made):
    return made[0][0]


@pytest.fixture
def colleague(made):
    return made[0][1]


@pytest.fixture
def row(made):
    """A pending one of $354.00 in batch 1."""
    return made[1][0]


@pytest.fixture
def batch(made):
    return made[2]


def page(row):
    return address("withdrawal", "release", row.pk)


def test_page_asks_only_for_the_reason_before_a_download(finance, row):
    shown = text(finance.get(page(row)))
    assert f"Release {row.number} from batch 1" in shown
    assert "Release $354.00" in shown
    assert "Was the file sent to PayPal?" not in shown
    response = finance.post(page(row), {"reason": "Wrong batch"})
    assert response.url == address("withdrawal", "change", row.pk)
    assert said(response) == [f"{row.number} was released from batch 1 and can be exported again."]
    row.refresh_from_db()
    assert row.batch is None
    shown = text(finance.get(response.url))
    assert "Released from batch 1 by Finn Finance" in shown
    assert "Wrong batch" in shown
    assert "Export for payment" in shown


def test_after_a_download_it_asks_whether_the_file_was_sent_and_needs_a_second_person(
    client, finance, row, batch, colleague
):
    download(batch, colleague)
    shown = text(finance.get(page(row)))
    for words in (
        "Fay Finance downloaded a file that pays it on",
        "A second person therefore has to approve the release",
        "Was the file sent to PayPal?",
        "Request approval",
    ):
        assert words in shown, words
    response = finance.post(page(row), {"reason": "They asked to wait", "was_sent": "no"})
    approval = Approval.objects.get()
    assert response.url == approval.address
    row.refresh_from_db()
    assert row.batch == batch
    shown = text(finance.get(address("withdrawal", "change", row.pk)))
    assert "The release from batch 1 awaits approval, requested by Finn Finance." in shown
    assert "Release from the batch" not in shown
    sign_in(client, colleague)
    listed = text(client.get("/admin/approvals/approval/"))
    assert f"Release from a batch {row.number}" in listed
    client.post(approval.address, {"do": "approve", "message": "Checked"})
    row.refresh_from_db()
    assert row.batch is None
    shown = text(client.get(address("withdrawal", "change", row.pk)))
    assert "Released from batch 1 by Finn Finance, approved by Fay Finance" in shown
    assert "Included in the file of batch 1 downloaded by Fay Finance" in shown


def test_errors_are_said_and_nothing_typed_is_lost(finance, row, batch, finance_user):
    assert "Give a reason for the release." in text(finance.post(page(row), {"reason": " "}))
    opened_before = {"reason": "They <asked> to wait"}
    download(batch, finance_user)
    response = finance.post(page(row), opened_before)
    assert response.status_code == 200
    assert "Choose whether the file was sent to PayPal." in text(response)
    assert "They &lt;asked&gt; to wait" in response.content.decode()
    response = finance.post(page(row), {"reason": "x" * 201, "was_sent": "maybe"})
    assert "The limit is 200 characters" in text(response)
    assert not Approval.objects.exists()
    assert not BatchRelease.objects.exists()


def test_second_request_leads_to_the_first(finance, row, batch, colleague):
    download(batch, colleague)
    approval = release(row, "Not yet", colleague, was_sent=False)
    for response in (
        finance.get(page(row)),
        finance.post(page(row), {"reason": "Not yet", "was_sent": "no"}),
    ):
        assert response.url == approval.address
        assert "requested by Fay Finance on" in said(response)[-1]


@pytest.mark.parametrize("state", ["paid", "returned", "released"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_no_longer_in_the_batch_leads_to_its_page(finance, row, colleague, state, method):
    if state == "paid":
        mark_paid(all_of(row), "PP-1", colleague)
    elif state == "returned":
        give_back(all_of(row), "Bounced", colleague)
    else:
        release(row, "Not yet", colleague)
    response = getattr(finance, method)(page(row), {"reason": "Not yet"})
    assert response.url == address("withdrawal", "change", row.pk)
    assert said(response) == [f"{row.number} is not pending in a batch."]


@pytest.mark.parametrize(("slug", "typed"), [("pay", "payment_reference"), ("return", "reason")])
def test_paying_and_returning_say_which_request_they_cancel(
    finance, row, batch, colleague, slug, typed
):
    download(batch, colleague)
    approval = release(row, "Not yet", colleague, was_sent=True)
    shown = text(run_action(finance, slug, row))
    assert "This cancels 1 request that awaits approval:" in shown
    assert f"Release from a batch: {row.number}" in shown
    act(finance, slug, row, **{typed: "PP-1"})
    shown = text(finance.get(approval.address))
    assert "Canceled by Finn Finance" in shown
    assert "in the meantime" in shown


@pytest.mark.parametrize("wrong", [0, 999_999, 10**20])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_withdrawal_that_is_not_there_leads_to_the_list(finance, wrong, method):
    for model, name in (("withdrawal", "release"), ("paymentbatch", "csv")):
        response = getattr(finance, method)(address(model, name, wrong))
        assert (response.status_code, response.url) == (302, address(model, "changelist"))


@pytest.mark.parametrize(
    ("who", "status"), [("sales_user", 403), ("partner_user", 404), ("stranger", 404)]
)
def test_nobody_else_opens_the_page(client, row, request, who, status):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(page(row)).status_code == status
    assert client.post(page(row), {"reason": "Not yet"}).status_code == status
    row.refresh_from_db()
    assert row.batch is not None


def test_page_says_why_a_withdrawal_cannot_be_exported(finance):
    row = requested(paypal="=1+1@example.com")
    shown = text(finance.get(address("withdrawal", "change", row.pk)))
    assert "This withdrawal cannot be exported because PayPal cannot pay =1+1@example.com." in shown
    assert "Export for payment" not in shown


def test_pages_ask_exactly_so_much_of_the_database(finance, row, batch, finance_user, colleague):
    # Session, user, two kinds of permissions; the withdrawal, a request that waits, the last file
    assert asked(finance, page(row)) == 7
    for _ in range(8):
        download(batch, finance_user)
    assert asked(finance, page(row)) == 7
    approve(release(row, "Not yet", finance_user, was_sent=False), colleague)
    # The withdrawal, what awaits approval about it, its downloads, its releases
    assert asked(finance, address("withdrawal", "change", row.pk)) == 8
