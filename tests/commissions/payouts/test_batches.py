"""A batch's file holds what is pending at its download, and what is released needs two people."""

import hashlib
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions.payouts import paypal
from commissions.payouts.batches import RELEASE, FileWasDownloaded, changes_since, download, release
from commissions.payouts.models import BatchDownload, BatchRelease, DownloadedPayment, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused, claim, give_back, mark_paid, request
from leadportal.approvals.decisions import (
    AlreadyRequested,
    Refused,
    approve,
    cancel,
    decline,
)
from leadportal.approvals.models import Approval
from leadportal.db.groups import FINANCE
from tests.commissions.finance import all_of, many, owner_with_money, requested
from tests.factories import StaffFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once
def kept():
    people = [StaffFactory(name=name, groups=(FINANCE,)) for name in ("Finn", "Fay")]
    return people, many(3)


@pytest.fixture
def finn(made):
    return made[0][0]


@pytest.fixture
def fay(made):
    return made[0][1]


@pytest.fixture
def rows(made):
    """Three pending ones: of $354.00, $424.80 and $495.60."""
    return made[1]


@pytest.fixture
def batch(finn, rows):
    return claim(all_of(*rows), finn)


def changes(made):
    return changes_since(made, made.batch.releases.with_people())


def numbers(file):
    return [line.split(",")[3] for line in file.content.decode().splitlines()]


# The file


def test_file_of_a_batch_no_longer_pays_what_was_returned(finn):
    """Export A and B, return A, request again, export again: nothing is in two files."""
    owners = [owner_with_money(), owner_with_money()]
    a, b = (request(owner) for owner in owners)
    first = claim(all_of(a, b), finn)
    give_back(all_of(a), "The address does not exist", finn)
    again = request(owners[0])
    second = claim(all_of(again), finn)
    assert numbers(download(first, finn)) == [b.number]
    assert numbers(download(second, finn)) == [again.number]
    release(b, "It belongs to the next batch", finn, was_sent=False)
    approve(Approval.objects.get(), StaffFactory(groups=(FINANCE,)))
    third = claim(all_of(b), finn)
    assert numbers(download(third, finn)) == [b.number]
    with pytest.raises(WithdrawalRefused, match="Nothing in batch 1 is pending"):
        download(first, finn)


def test_file_holds_what_is_pending_oldest_first(batch, finn, rows):
    pending, paid, returned = rows
    assert numbers(download(batch, finn)) == [row.number for row in rows]
    mark_paid(all_of(paid), "PP-1", finn)
    give_back(all_of(returned), "Bounced", finn)
    assert numbers(download(batch, finn)) == [pending.number]


def test_each_download_is_a_row_with_its_count_total_and_hash(batch, finn, fay, rows):
    first = download(batch, finn)
    give_back(all_of(rows[0]), "Bounced", finn)
    second = download(batch, fay)
    stored = BatchDownload.objects.order_by("pk").values_list("by", "payment_count", "total")
    assert list(stored) == [(finn.pk, 3, Decimal("1274.40")), (fay.pk, 2, Decimal("920.40"))]
    for file in (first, second):
        assert file.download.sha256 == hashlib.sha256(file.content).hexdigest()
        assert file.download.at <= timezone.now()
    held = DownloadedPayment.objects.filter(download=second.download)
    assert [(row.withdrawal, row.amount) for row in held] == [
        (rows[1], Decimal("424.80")),
        (rows[2], Decimal("495.60")),
    ]


def test_same_content_has_the_same_hash(batch, finn, fay):
    assert download(batch, finn).download.sha256 == download(batch, fay).download.sha256


def test_nothing_pending_is_no_file_and_no_row(batch, finn, rows):
    mark_paid(all_of(*rows), "PP-1", finn)
    with pytest.raises(WithdrawalRefused, match="Nothing in batch 1 is pending"):
        download(batch, finn)
    assert not BatchDownload.objects.exists()


def test_address_that_paypal_cannot_pay_is_never_in_a_file(finn, monkeypatch):
    good, bad = requested(), requested(paypal="=1+1@example.com")
    with monkeypatch.context() as careless:
        careless.setattr(paypal, "can_pay", lambda row: True)
        batch = claim(all_of(good, bad), finn)
    with pytest.raises(WithdrawalRefused, match=f"the address of {bad.number}. Return or release"):
        download(batch, finn)
    assert not BatchDownload.objects.exists()
    release(bad, "Its address is wrong", finn)
    assert numbers(download(batch, finn)) == [good.number]


def test_failed_download_leaves_no_row(batch, finn, monkeypatch):
    def fail(*args):
        raise OSError("the disk is full")

    monkeypatch.setattr(DownloadedPayment.objects, "bulk_create", fail)
    with pytest.raises(OSError, match="disk is full"):
        download(batch, finn)
    assert not BatchDownload.objects.exists()


def test_queries_do_not_grow_with_the_batch(finn, rows):
    counted = []
    for chosen in (rows[:1], [*rows[1:], *many(7)]):
        batch = claim(all_of(*chosen), finn)
        with CaptureQueriesContext(connection) as captured:
            download(batch, finn)
        counted.append(len(captured))
    # The permissions are read once for each person; then a savepoint around three statements
    assert counted[1] == 5
    assert counted[0] - counted[1] in (0, 1, 2)


@pytest.mark.parametrize("model", [BatchDownload, DownloadedPayment, BatchRelease])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_database_keeps_what_was_downloaded_and_released(batch, finn, fay, rows, model, change):
    download(batch, finn)
    approve(release(rows[0], "Not yet", finn, was_sent=False), fay)
    kept = model.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        kept.update(id=F("id")) if change == "update" else kept._raw_delete(kept.db)


# What has changed since


def test_changes_since_a_download_are_named_with_amounts(batch, finn, fay, rows):
    made = download(batch, finn).download
    assert changes(made) == []
    paid, returned, released = rows
    mark_paid(all_of(paid), "PP-1", finn)
    give_back(all_of(returned), "Bounced", fay)
    approve(release(released, "Not yet", finn, was_sent=False), fay)
    found = [
        (change.payment.withdrawal, change.payment.amount, change.status, change.by)
        for change in changes(made)
    ]
    assert found == [
        (released, Decimal("495.60"), "released", finn),
        (returned, Decimal("424.80"), "returned", fay),
        (paid, Decimal("354.00"), "paid", finn),
    ]
    assert [change.must_not_be_paid for change in changes(made)] == [True, True, False]
    assert changes(made)[0].release.approval.decided_by == fay


def test_release_stays_a_change_whatever_happens_in_the_next_batch(batch, finn, fay, rows):
    made = download(batch, finn).download
    approve(release(rows[0], "Not yet", finn, was_sent=False), fay)
    following = claim(all_of(rows[0]), finn)
    mark_paid(all_of(rows[0]), "PP-2", finn)
    [change] = changes(made)
    assert (change.status, change.by) == ("released", finn)
    assert list(following.withdrawals.all()) == [rows[0]]


# Releasing


def test_withdrawal_in_no_downloaded_file_is_released_at_once(batch, finn, rows):
    released = release(rows[0], "  Wrong\nbatch ", finn)
    rows[0].refresh_from_db()
    assert (rows[0].status, rows[0].batch) == ("pending", None)
    assert (released.batch, released.released_by, released.reason) == (batch, finn, "Wrong batch")
    assert (released.was_downloaded, released.approval) == (False, None)
    assert not Approval.objects.exists()
    assert claim(all_of(rows[0]), finn).number == 2


def test_downloaded_one_waits_for_a_second_person(batch, finn, fay, rows):
    made = download(batch, finn).download
    row = rows[0]
    with pytest.raises(FileWasDownloaded, match=r"by Finn on .* Say whether it was sent"):
        release(row, "Not yet", finn)
    approval = release(row, "Not yet", finn, was_sent=False)
    assert isinstance(approval, Approval)
    row.refresh_from_db()
    assert row.batch == batch
    assert (approval.subject, approval.amount, approval.reason) == (
        row.number,
        Decimal("354.00"),
        "Not yet",
    )
    assert "downloaded by Finn on" in approval.summary
    assert "was not sent to PayPal: approve only if it cannot be sent" in approval.summary
    assert approval.data == {"withdrawal": row.pk, "download": made.pk, "was_sent": False}
    approve(approval, fay)
    row.refresh_from_db()
    assert row.batch is None
    kept = BatchRelease.objects.with_people().get()
    assert (kept.released_by, kept.approval.decided_by, kept.was_downloaded) == (finn, fay, True)


def test_file_that_was_sent_is_said_to_the_second_person(batch, finn, rows):
    download(batch, finn)
    approval = release(rows[0], "PayPal rejected it", finn, was_sent=True)
    assert "was sent to PayPal: approve only if PayPal has not made this" in approval.summary


def test_download_before_the_return_to_another_batch_does_not_matter(batch, finn, fay, rows):
    """Each batch's own downloads decide: the second person knew of the first one's."""
    download(batch, finn)
    approve(release(rows[0], "Not yet", finn, was_sent=False), fay)
    claim(all_of(rows[0]), finn)
    assert isinstance(release(rows[0], "Once more", finn), BatchRelease)


def test_nobody_approves_their_own_release(batch, finn, superuser, rows):
    download(batch, finn)
    for actor in (finn, superuser):
        approval = release(rows[0], "Not yet", actor, was_sent=False)
        with pytest.raises(PermissionDenied):
            approve(approval, actor)
        cancel(approval, actor)
    rows[0].refresh_from_db()
    assert rows[0].batch == batch


def test_declined_or_canceled_release_leaves_it_in_the_batch(batch, finn, fay, rows):
    download(batch, finn)
    decline(release(rows[0], "Not yet", finn, was_sent=False), fay, "It was sent")
    cancel(release(rows[0], "Not yet", finn, was_sent=False), finn)
    rows[0].refresh_from_db()
    assert rows[0].batch == batch
    assert rows[0].number in numbers(download(batch, fay))
    assert not BatchRelease.objects.exists()


def test_release_is_requested_once_at_a_time(batch, finn, fay, rows):
    download(batch, finn)
    release(rows[0], "Not yet", finn, was_sent=False)
    with pytest.raises(AlreadyRequested, match="requested by Finn"):
        release(rows[0], "Not yet", fay, was_sent=False)


def test_second_person_does_not_approve_what_was_downloaded_again(batch, finn, fay, rows):
    download(batch, finn)
    approval = release(rows[0], "Not yet", finn, was_sent=False)
    download(batch, fay)
    with pytest.raises(Refused, match=r"downloaded again by Fay on .* request the release again"):
        approve(approval, fay)
    decline(approval, fay, "Downloaded again")
    approve(release(rows[0], "Not yet", finn, was_sent=False), fay)
    rows[0].refresh_from_db()
    assert rows[0].batch is None


@pytest.mark.parametrize("what", ["paid", "returned"])
def test_payment_and_return_cancel_a_release_that_waits(batch, finn, fay, rows, what):
    download(batch, finn)
    approval = release(rows[0], "Not yet", finn, was_sent=True)
    other = release(rows[1], "Not yet", finn, was_sent=True)
    if what == "paid":
        mark_paid(all_of(rows[0]), "PP-1", fay)
    else:
        give_back(all_of(rows[0]), "Bounced", fay)
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by) == ("canceled", fay)
    assert "in the meantime" in approval.message
    other.refresh_from_db()
    assert other.is_pending


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("paid", "was already paid by Finn on"),
        ("returned", "was already returned by Finn on"),
        ("new", "is not in a batch."),
        ("released", "is not in a batch: released by Finn on"),
    ],
)
def test_what_is_not_pending_in_a_batch_is_not_released(finn, rows, state, words):
    row = rows[0]
    if state != "new":
        claim(all_of(row), finn)
    if state == "paid":
        mark_paid(all_of(row), "PP-1", finn)
    if state == "returned":
        give_back(all_of(row), "Bounced", finn)
    if state == "released":
        release(row, "Not yet", finn)
    with pytest.raises(WithdrawalRefused, match=words):
        release(row, "Not yet", finn, was_sent=False)


@pytest.mark.parametrize(
    ("reason", "words"), [(" \n", "Give a reason"), ("x" * 201, "The limit is 200")]
)
def test_release_needs_a_reason_that_fits(batch, finn, rows, reason, words):
    for was_downloaded in (False, True):
        if was_downloaded:
            download(batch, finn)
        with pytest.raises(WithdrawalRefused, match=words):
            release(rows[0], reason, finn, was_sent=False)


def test_nobody_but_finance_downloads_and_releases(batch, sales_user, stranger, rows):
    for actor in (sales_user, stranger):
        with pytest.raises(PermissionDenied):
            download(batch, actor)
        with pytest.raises(PermissionDenied):
            release(rows[0], "Not yet", actor)


def test_approval_needs_the_permission_to_pay(batch, finn, sales_user, rows):
    download(batch, finn)
    approval = release(rows[0], "Not yet", finn, was_sent=False)
    with pytest.raises(PermissionDenied):
        approve(approval, sales_user)


def test_database_refuses_a_release_from_a_downloaded_file_without_approval(batch, finn, rows):
    with pytest.raises(IntegrityError, match="release_of_a_payment"), transaction.atomic():
        BatchRelease.objects.create(
            withdrawal=rows[0],
            batch=batch,
            released_at=timezone.now(),
            released_by=finn,
            reason="Not yet",
            was_downloaded=True,
        )


def test_longest_names_fit_a_request(batch, finn, rows):
    partner = rows[0].account.partner
    partner.name = "N" * 200
    partner.save()
    finn.name = "F" * 150
    finn.save()
    download(batch, finn)
    assert release(rows[0], "r" * 200, finn, was_sent=True).kind == RELEASE.slug
    assert Withdrawal.objects.get(pk=rows[0].pk).batch == batch
