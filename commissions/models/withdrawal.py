"""Money on its way to the partner. Written only through `commissions.withdrawals`."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from commissions.models.billing import BillingDetails
from commissions.models.ledger import Account, LedgerEntry
from leadportal.fields import MoneyField
from leadportal.partners.models import User


class WithdrawalStatus(models.TextChoices):
    """Where the money is."""

    PENDING = "pending", "Pending"
    PAID = "paid", "Paid"
    RETURNED = "returned", "Returned"


# A payment that bounced was paid before; one that cannot be made is returned at once.
WITHDRAWAL_TRANSITIONS: dict[str, tuple[str, ...]] = {
    WithdrawalStatus.PENDING: (WithdrawalStatus.PAID, WithdrawalStatus.RETURNED),
    WithdrawalStatus.PAID: (WithdrawalStatus.RETURNED,),
    WithdrawalStatus.RETURNED: (),
}


class SequenceManager(models.Manager["Sequence"]):
    def next(self, name: str) -> int:
        """Return the series' next number, from 1; call it inside the transaction that uses it."""
        self.bulk_create([Sequence(name=name)], ignore_conflicts=True)
        row = self.select_for_update().get(pk=name)
        row.last += 1
        row.save(update_fields=("last",))
        return row.last


class Sequence(models.Model):
    """The last number given in a series; its row's lock, held to the end, is what leaves no gap."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    objects: ClassVar[SequenceManager] = SequenceManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class PaymentBatch(models.Model):
    """A numbered export for PayPal. A pending withdrawal is in one at most."""

    number = models.PositiveIntegerField(unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name_plural = "payment batches"
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"Batch {self.number}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def visible_to(self, user: User | AnonymousUser) -> "WithdrawalQuerySet":
        """Return the withdrawals of the user's own organisation; none for staff."""
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.filter(account__partner=user.partner_id)

    def awaiting_payment(self) -> "WithdrawalQuerySet":
        """Return the pending ones, oldest first."""
        return self.filter(status=WithdrawalStatus.PENDING).order_by("requested_at", "pk")


class Withdrawal(models.Model):
    """The whole available balance of one day, asked for by the organisation's owner."""

    guarded_transitions = ("status", WITHDRAWAL_TRANSITIONS)  # read by leadportal.triggers

    number = models.CharField(max_length=20, unique=True)  # such as W-2026-0001
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="withdrawals")
    amount = MoneyField()
    status = models.CharField(
        max_length=10, choices=WithdrawalStatus, default=WithdrawalStatus.PENDING
    )
    billing = models.ForeignKey(BillingDetails, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="withdrawal")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawals"
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment_reference = models.CharField(max_length=100, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    return_reason = models.CharField(max_length=200, blank=True)
    return_entry = models.OneToOneField(
        LedgerEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="returned_withdrawal",
    )

    objects: ClassVar[WithdrawalQuerySet] = WithdrawalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-requested_at", "-pk")
        permissions = (("pay_withdrawal", "Can pay and return withdrawals"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="withdrawal_above_zero"),
            models.CheckConstraint(
                condition=~Q(status="paid")
                | (Q(paid_at__isnull=False, paid_by__isnull=False) & ~Q(payment_reference="")),
                name="withdrawal_paid_is_documented",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="returned", return_entry__isnull=False, returned_at__isnull=False)
                    & Q(returned_by__isnull=False)
                    & ~Q(return_reason="")
                )
                | (~Q(status="returned") & Q(return_entry=None)),
                name="withdrawal_returned_exactly_with_entry",
            ),
        )
        indexes = (
            models.Index(fields=("status", "requested_at", "id"), name="withdrawal_queue"),
            models.Index(fields=("account", "-requested_at", "-id"), name="withdrawal_newest"),
        )

    def __str__(self) -> str:
        return self.number
