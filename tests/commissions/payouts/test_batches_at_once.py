"""Downloads, payments, returns and releases at once: nothing is in two files that both pay it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from commissions.payouts.batches import download, last_download, release
from commissions.payouts.models import BatchDownload, BatchRelease, DownloadedPayment, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused, claim, give_back, mark_paid
from leadportal.approvals.decisions import AlreadyDecided, ApprovalError, approve
from leadportal.approvals.models import Approval
from tests.commissions.finance import all_of, many, requested
from tests.factories import StaffFactory
from tests.race import in_own_connection, race, wait_for_a_lock

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

THREADS = 8


@pytest.fixture
def actor(db):
    return StaffFactory(is_superuser=True)


def payable_twice():
    """Return what several batches' files hold without a release that a second person approved.

    Of a withdrawal in the files of several batches each but the last must be such a release's.
    """
    held = set(DownloadedPayment.objects.values_list("withdrawal", "download__batch"))
    approved = set(
        BatchRelease.objects.filter(approval__state="approved").values_list("withdrawal", "batch")
    )
    unapproved = [withdrawal for withdrawal, batch in held if (withdrawal, batch) not in approved]
    return {withdrawal for withdrawal in unapproved if unapproved.count(withdrawal) > 1}


@pytest.mark.postgresql
@pytest.mark.parametrize("change", ["pay", "return", "release"])
def test_download_waits_for_a_change_and_leaves_it_out(actor, change):
    gone, stays = many(2)
    batch = claim(all_of(gone, stays), actor)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            if change == "pay":
                mark_paid(all_of(gone), "PP-1", actor)
            elif change == "return":
                give_back(all_of(gone), "Bounced", actor)
            else:
                release(gone, "Not yet", actor)
            downloading = threads.submit(in_own_connection, download, batch, actor)
            wait_for_a_lock()
        file = downloading.result()
    assert [payment.withdrawal for payment in file.download.payments.all()] == [stays]
    assert gone.number not in file.content.decode()


@pytest.mark.postgresql
def test_release_waits_for_a_download_and_then_needs_a_second_person(actor):
    row = requested()
    batch = claim(all_of(row), actor)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            download(batch, actor)
            releasing = threads.submit(in_own_connection, release, row, "Not yet", actor)
            wait_for_a_lock()
        with pytest.raises(WithdrawalRefused, match="was downloaded by"):
            releasing.result()
    row.refresh_from_db()
    assert row.batch == batch


@pytest.mark.postgresql
def test_approval_waits_for_a_download_and_is_refused(actor):
    row = requested()
    batch = claim(all_of(row), actor)
    download(batch, actor)
    approval = release(row, "Not yet", actor, was_sent=False)
    second = StaffFactory(is_superuser=True)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            download(batch, actor)
            approving = threads.submit(in_own_connection, approve, approval, second)
            wait_for_a_lock()
        with pytest.raises(ApprovalError, match="downloaded again"):
            approving.result()


@pytest.mark.postgresql
@pytest.mark.parametrize("change", ["pay", "return"])
def test_approval_that_waits_for_a_payment_reads_who_paid(actor, change):
    row = requested()
    download(claim(all_of(row), actor), actor)
    approval = release(row, "Not yet", actor, was_sent=True)
    second = StaffFactory(is_superuser=True)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            if change == "pay":
                mark_paid(all_of(row), "PP-1", actor)
            else:
                give_back(all_of(row), "Bounced", actor)
            approving = threads.submit(in_own_connection, approve, approval, second)
            wait_for_a_lock()
        with pytest.raises(AlreadyDecided, match=f"was already canceled by {actor}"):
            approving.result()
    row.refresh_from_db()
    assert row.batch is not None
    assert not BatchRelease.objects.exists()


def test_releasing_one_at_once_releases_it_once(actor):
    row = requested()
    claim(all_of(row), actor)
    results = race(THREADS, lambda n: release(row, f"Reason {n}", actor))
    assert sum(isinstance(result, BatchRelease) for result in results) == 1, results
    assert sum(isinstance(result, WithdrawalRefused) for result in results) == THREADS - 1


def test_downloads_at_once_are_a_row_each(actor):
    batch = claim(all_of(*many(3)), actor)
    files = race(THREADS, lambda n: download(batch, actor))
    assert {file.content for file in files} == {files[0].content}, files
    assert BatchDownload.objects.count() == THREADS
    assert DownloadedPayment.objects.count() == 3 * THREADS


def test_everything_at_once_pays_nothing_twice(actor):
    """Exports, downloads, releases, approvals, payments and returns in any order."""
    rows = many(4)
    people = [StaffFactory(is_superuser=True) for _ in range(12)]
    batch = claim(all_of(*rows), actor)

    def run(n):
        row, person = rows[n % 4], people[n]
        if n % 6 == 0:
            return download(batch, person)
        if n % 6 == 1:
            return release(row, "Not yet", person, was_sent=False)
        if n % 6 == 2:
            return download(claim(all_of(*rows), person), person)
        if n % 6 == 3:
            return [approve(approval, person) for approval in Approval.objects.awaiting()]
        if n % 6 == 4:
            return mark_paid(all_of(rows[2]), f"PP-{n}", person)
        return give_back(all_of(rows[3], rows[2]), f"Reason {n}", person)

    for _ in range(3):
        results = race(12, run)
        unexpected = [
            result
            for result in results
            if isinstance(result, Exception)
            and not isinstance(result, WithdrawalRefused | ApprovalError)
            and type(result).__name__ != "PermissionDenied"
        ]
        assert unexpected == []
        assert payable_twice() == set()
    for approval in Approval.objects.exclude(state="pending"):
        assert approval.state == "canceled" or approval.decided_by != approval.requested_by
    for row in Withdrawal.objects.filter(status="pending", batch=None):
        assert last_download(row) is None
