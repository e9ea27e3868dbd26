"""Batches after their export: downloading their files and releasing withdrawals.

Downloading, paying, returning and releasing all lock the withdrawals first. So a file never
contains a withdrawal that is no longer pending in its batch, and a release takes every earlier file
into account.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from commissions.payouts import paypal
from commissions.payouts.models import (
    BatchDownload,
    BatchRelease,
    DownloadedPayment,
    PaymentBatch,
    Withdrawal,
    WithdrawalStatus,
)
from commissions.payouts.withdrawals import WithdrawalRefused, why_not
from leadportal.approvals import decisions
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval
from leadportal.lengths import excess, longest
from leadportal.money import usd
from leadportal.partners.models import PartnerStatus, User
from leadportal.partners.suspension import with_suspension
from leadportal.ui.formats import date_and_time

PERMISSION = "commissions.pay_withdrawal"


class FileWasDownloaded(WithdrawalRefused):
    """A release that needs a second person, since the batch's file was downloaded."""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A downloaded file: its content, and the row that says so."""

    content: bytes
    download: BatchDownload


@dataclass(frozen=True, slots=True)
class Change:
    """A payment of a downloaded file that the file should no longer make, and why."""

    payment: DownloadedPayment
    status: str  # a WithdrawalStatus, "released" or "partner suspended"
    by: User
    at: datetime
    release: BatchRelease | None = None

    @property
    def must_not_be_paid(self) -> bool:
        """Whether the downloaded file makes a payment that must not be made with it any more."""
        return self.status != WithdrawalStatus.PAID


def download(batch: PaymentBatch, actor: User) -> PaymentFile:
    """Return the file that pays what is pending in the batch now, and record the download.

    Those of suspended partners are left out. Raises PermissionDenied, and WithdrawalRefused where
    nothing is left to pay, PayPal cannot pay one of the addresses, or one is on hold or not
    approved.
    """
    _require_finance(actor)
    with transaction.atomic():
        pending = Withdrawal.objects.filter(batch=batch, status=WithdrawalStatus.PENDING)
        locked = list(
            # By account, as those lock who pay and return.
            pending.select_related("billing", "account__partner")
            .order_by("account_id", "pk")
            .select_for_update(of=("self", "account__partner"), no_key=True)
        )
        rows = [row for row in locked if not row.account.partner.is_suspended]
        if not rows:
            nothing = (
                f"Everything that is pending in batch {batch.number} is of suspended partners"
                if locked
                else f"Nothing in batch {batch.number} is pending"
            )
            raise WithdrawalRefused(f"{nothing}, so there is no file to download.")
        unapproved = [row.number for row in rows if row.needs_approval]
        if unapproved:
            raise WithdrawalRefused(
                f"A second person has to approve {', '.join(unapproved[:25])} first."
            )
        # They were free when they were exported: PAYOUT_DETAILS_HOLD_DAYS was raised since.
        held = [row.number for row in rows if row.billing.is_held]
        if held:
            raise WithdrawalRefused(
                f"The PayPal account of {', '.join(held[:25])} is on hold. Release "
                f"{'it' if len(held) == 1 else 'them'} first, or wait."
            )
        unpayable = [row.number for row in rows if not paypal.can_pay(row)]
        if unpayable:
            raise WithdrawalRefused(
                f"PayPal cannot pay the address of {', '.join(unpayable[:25])}. Return or release "
                f"{'it' if len(unpayable) == 1 else 'them'} first."
            )
        rows.sort(key=lambda row: (row.requested_at, row.pk))
        content = paypal.payment_file(rows)
        made = BatchDownload.objects.create(
            batch=batch,
            at=timezone.now(),
            by=actor,
            payment_count=len(rows),
            total=sum((row.amount for row in rows), Decimal(0)),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        DownloadedPayment.objects.bulk_create(
            DownloadedPayment(download=made, withdrawal=row, amount=row.amount) for row in rows
        )
    return PaymentFile(content, made)


def changes_since(made: BatchDownload, releases: Iterable[BatchRelease]) -> list[Change]:
    """Return the payments of the file that it should no longer make, the newest change first.

    They are not pending in its batch any more, or their partner was suspended. `releases` are the
    batch's, with people.
    """
    payments = with_suspension(
        made.payments.select_related("withdrawal__paid_by", "withdrawal__returned_by"),
        "withdrawal__account__partner",
    )
    changed = payments.exclude(
        withdrawal__status=WithdrawalStatus.PENDING,
        withdrawal__batch=made.batch_id,
        withdrawal__account__partner__status=PartnerStatus.ACTIVE,
    )
    released = {row.withdrawal_id: row for row in releases}
    changes = [_change(payment, released.get(payment.withdrawal_id)) for payment in changed]
    return sorted(changes, key=lambda change: change.at, reverse=True)


def with_out_of_date(downloads: QuerySet[BatchDownload]) -> QuerySet[BatchDownload]:
    """Return them with `is_out_of_date`: whether the file makes a payment that it should not.

    Such as one that was returned or released since, or whose partner is suspended.
    """
    is_right = Q(withdrawal__batch=F("download__batch")) & (
        Q(withdrawal__status=WithdrawalStatus.PAID)
        | Q(
            withdrawal__status=WithdrawalStatus.PENDING,
            withdrawal__account__partner__status=PartnerStatus.ACTIVE,
        )
    )
    wrong = DownloadedPayment.objects.filter(download=OuterRef("pk")).exclude(is_right)
    return downloads.annotate(is_out_of_date=Exists(wrong))


def release(
    withdrawal: Withdrawal, reason: str, actor: User, *, was_sent: bool | None = None
) -> BatchRelease | Approval:
    """Take a pending withdrawal out of its batch, so that it can join another.

    Where a downloaded file holds it, this only requests the approval of a second person, and
    `was_sent` says whether that file was sent to PayPal. Returns the release or the request. Raises
    PermissionDenied; WithdrawalRefused for one that is not pending in a batch; FileWasDownloaded
    where `was_sent` is missing; AlreadyRequested; Refused without a reason.
    """
    _require_finance(actor)
    with transaction.atomic():
        row = _locked(withdrawal.pk)
        words = _reason(reason)
        newest = last_download(row)
        if newest is None:
            return _take_out(row, words, actor, timezone.now())
        if was_sent is None:
            raise FileWasDownloaded(
                f"The file of batch {newest.batch.number} was downloaded by {newest.by} on "
                f"{date_and_time(newest.at)}. Say whether it was sent to PayPal."
            )
        return decisions.request(_request(row, words, newest, was_sent=was_sent), actor)


def last_download(withdrawal: Withdrawal) -> BatchDownload | None:
    """Return the newest file of the withdrawal's batch that holds it, None without one."""
    held = BatchDownload.objects.filter(
        batch=withdrawal.batch_id, payments__withdrawal=withdrawal.pk
    )
    return held.select_related("batch", "by").order_by("-pk").first()


class ReleaseFromBatch(Kind):
    """The release of a withdrawal that a downloaded file holds."""

    slug = "release-from-batch"
    label = "Release from a batch"
    permission = PERMISSION

    def on_approved(self, approval: Approval, actor: User, at: datetime) -> None:
        """Take the withdrawal out. Raises Refused if it or its file has changed."""
        try:
            row = _locked(approval.data["withdrawal"])
        except WithdrawalRefused as error:
            raise decisions.Refused(str(error)) from error
        newest = last_download(row)
        if newest is None or newest.pk != approval.data["download"]:
            raise decisions.Refused(_has_changed(newest))
        _take_out(row, approval.reason, approval.requested_by, at, approval)


RELEASE = ReleaseFromBatch()


def _request(
    row: Withdrawal, reason: str, newest: BatchDownload, *, was_sent: bool
) -> decisions.Request:
    sent = (
        "was sent to PayPal: approve only if PayPal has not made this payment"
        if was_sent
        else "was not sent to PayPal: approve only if it cannot be sent any more"
    )
    return decisions.Request(
        kind=RELEASE,
        subject=row.number,
        label=f"{row.number}, {row.account.partner.name[:150]}",
        link=reverse("admin:commissions_withdrawal_change", args=[row.pk]),
        summary=(
            f"{row.number}, {usd(row.amount)}, leaves batch {newest.batch.number} and can join "
            f"another. Its file was last downloaded by {newest.by} on {date_and_time(newest.at)}. "
            f"According to the request, the file {sent}."
        ),
        reason=reason,
        amount=row.amount,
        data={"withdrawal": row.pk, "download": newest.pk, "was_sent": was_sent},
    )


def _has_changed(newest: BatchDownload | None) -> str:
    if newest is None:
        return "The withdrawal is in a different batch now. Decline this request."
    return (
        f"The file was downloaded again by {newest.by} on {date_and_time(newest.at)}, after this "
        f"request. Decline this request, find out whether that file was sent, and request "
        f"the release again."
    )


def _take_out(
    row: Withdrawal, reason: str, actor: User, at: datetime, approval: Approval | None = None
) -> BatchRelease:
    assert row.batch is not None  # noqa: S101 - `_locked` has seen to it
    released = BatchRelease.objects.create(
        withdrawal=row,
        batch=row.batch,
        released_at=at,
        released_by=actor,
        reason=reason,
        was_downloaded=approval is not None,
        approval=approval,
    )
    Withdrawal.objects.filter(pk=row.pk).update(batch=None)
    return released


def _locked(pk: int) -> Withdrawal:
    """Return the withdrawal, locked. Raises WithdrawalRefused unless it is pending in a batch."""
    row = Withdrawal.objects.select_for_update().get(pk=pk)
    if row.status != WithdrawalStatus.PENDING:
        raise WithdrawalRefused(why_not(row, WithdrawalStatus.PAID))
    if row.batch_id is None:
        raise WithdrawalRefused(f"{row.number} is not in a batch{_last_release(row)}.")
    return row


def _last_release(row: Withdrawal) -> str:
    last = BatchRelease.objects.with_people().filter(withdrawal=row).first()
    if last is None:
        return ""
    return f": released by {last.released_by} on {date_and_time(last.released_at)}"


def _change(payment: DownloadedPayment, released: BatchRelease | None) -> Change:
    row = payment.withdrawal
    if released is not None:
        return Change(payment, "released", released.released_by, released.released_at, released)
    if row.status == WithdrawalStatus.PENDING:
        suspension = payment.suspension  # type: ignore[attr-defined]
        return Change(payment, "partner suspended", suspension.actor, suspension.at)
    returned = row.status == WithdrawalStatus.RETURNED
    by, at = (row.returned_by, row.returned_at) if returned else (row.paid_by, row.paid_at)
    assert by is not None and at is not None  # noqa: S101, PT018 - the database sees to it
    return Change(payment, row.status, by, at)


def _reason(typed: str) -> str:
    words = " ".join(typed.split())
    if not words:
        raise WithdrawalRefused("Give a reason for the release.")
    if too_long := excess(words, longest(BatchRelease, "reason")):
        raise WithdrawalRefused(too_long)
    return words


def _require_finance(actor: User) -> None:
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
