"""What happened to a batch: downloads and releases. Only `payouts.batches` writes them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from commissions.payouts.models.withdrawal import PaymentBatch, Withdrawal
from leadportal.approvals.models import Approval
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard


class BatchDownload(models.Model):
    """One download of a batch's file: by whom, when, and what the file held."""

    guard = Guard(append_only=True)

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="downloads")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    payment_count = models.PositiveIntegerField()
    total = MoneyField()
    sha256 = models.CharField("SHA-256 of the file", max_length=64)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(payment_count__gt=0, total__gt=0), name="download_holds_payments"
            ),
        )

    def __str__(self) -> str:
        return f"Download {self.pk} of {self.batch}"


class DownloadedPayment(models.Model):
    """One payment of a downloaded file, which may be sent to PayPal whatever happens later."""

    guard = Guard(append_only=True)

    download = models.ForeignKey(BatchDownload, on_delete=models.PROTECT, related_name="payments")
    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="downloads")
    amount = MoneyField()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("download", "withdrawal"), name="payment_once_a_file"),
        )

    def __str__(self) -> str:
        return f"{self.withdrawal} in {self.download}"


class BatchReleaseQuerySet(models.QuerySet["BatchRelease"]):
    """Releases, with the people who made them."""

    def with_people(self) -> "BatchReleaseQuerySet":
        """Return the releases with the names of both people."""
        return self.select_related("released_by", "approval__decided_by", "withdrawal")


class BatchRelease(models.Model):
    """A withdrawal that left its batch unpaid; with a second person where a file held it."""

    guard = Guard(append_only=True)

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="releases")
    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="releases")
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200)
    was_downloaded = models.BooleanField()
    approval = models.OneToOneField(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[BatchReleaseQuerySet] = BatchReleaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("withdrawal", "batch"), name="release_once"),
            models.CheckConstraint(
                condition=Q(was_downloaded=False) | Q(approval__isnull=False),
                name="release_of_a_payment_in_a_file_is_approved",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="release_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.withdrawal} released from {self.batch}"
