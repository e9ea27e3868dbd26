"""Withdrawals, their batches and history. Written only by `commissions.payouts.withdrawals`."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery

from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models.billing import BillingDetails, hold
from leadportal.approvals.models import Approval
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard, Moves
from leadportal.db.paging import Keyset
from leadportal.money import usd
from leadportal.partners.models import PartnerStatus, User
from leadportal.ui.formats import date_and_time, day_of


class WithdrawalStatus(models.TextChoices):
    """A withdrawal's status."""

    PENDING = "pending", "Pending"
    PAID = "paid", "Paid"
    RETURNED = "returned", "Returned"


# The color and shape of each status's badge
TONES: dict[str, str] = {
    WithdrawalStatus.PENDING: "waiting",
    WithdrawalStatus.PAID: "done",
    WithdrawalStatus.RETURNED: "returned",
}

# A payment that bounced was paid before; one that cannot be made is returned at once.
WITHDRAWAL_TRANSITIONS: dict[str, tuple[str, ...]] = {
    WithdrawalStatus.PENDING: (WithdrawalStatus.PAID, WithdrawalStatus.RETURNED),
    WithdrawalStatus.PAID: (WithdrawalStatus.RETURNED,),
    WithdrawalStatus.RETURNED: (),
}


class SequenceManager(models.Manager["Sequence"]):
    """Gives the numbers of the series."""

    def next(self, name: str) -> int:
        """Return the series' next number, from 1; call it inside the transaction that uses it."""
        self.bulk_create([Sequence(name=name)], ignore_conflicts=True)
        row = self.select_for_update().get(pk=name)
        row.last += 1
        row.save(update_fields=("last",))
        return row.last


class Sequence(models.Model):
    """The last number of a series; its row is locked until commit, so that numbers have no gaps."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    objects: ClassVar[SequenceManager] = SequenceManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class PaymentBatch(models.Model):
    """A numbered export for PayPal; its withdrawals cannot be in another batch."""

    guard = Guard(frozen=("number", "created_at", "created_by"))

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


UNUSUAL_PAYOUT = 2  # times the largest amount paid before

NEWEST = Keyset(requested_at=datetime, id=int)


def payable_at(now: datetime) -> Q:
    """Return the condition of pending withdrawals that may be paid.

    Their PayPal account is past its hold, the partner is not suspended, and a second person has
    approved those above PAYOUT_APPROVAL_LIMIT.
    """
    return Q(
        status=WithdrawalStatus.PENDING,
        billing__paypal_since__lte=now - hold(),
        account__partner__status=PartnerStatus.ACTIVE,
    ) & (Q(amount__lte=settings.PAYOUT_APPROVAL_LIMIT) | Q(payout_approval__isnull=False))


def left_out() -> Q:
    """Return the condition of withdrawals that are in no downloaded file of their batch.

    None of a batch that was not downloaded. A file leaves out those of partners who are suspended
    at the time.
    """
    downloaded = PaymentBatch.objects.filter(pk=OuterRef("batch"), downloads__isnull=False)
    held = Withdrawal.objects.filter(pk=OuterRef("pk"), downloads__download__batch=F("batch"))
    return Q(Exists(downloaded)) & ~Q(Exists(held))


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Withdrawals, by who may see them and whether they can be paid."""

    def visible_to(self, user: User | AnonymousUser) -> "WithdrawalQuerySet":
        """Return the withdrawals of the user's own organization; none for staff."""
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.filter(account__partner=user.partner_id)

    def awaiting_payment(self) -> "WithdrawalQuerySet":
        """Return the pending ones, oldest first."""
        return self.filter(status=WithdrawalStatus.PENDING).order_by("requested_at", "pk")

    def payable(self, now: datetime) -> "WithdrawalQuerySet":
        """Return the pending ones that may be paid, as `payable_at` says."""
        return self.filter(payable_at(now))

    def with_details_changed(self) -> "WithdrawalQuerySet":
        """Return them with `details_changed_at`: when newer billing details were last saved."""
        newer = BillingDetails.objects.filter(
            partner=OuterRef("account__partner"), version__gt=OuterRef("billing__version")
        )
        return self.annotate(
            details_changed_at=Subquery(newer.order_by("-version").values("saved_at")[:1])
        )

    def with_left_out(self) -> "WithdrawalQuerySet":
        """Return them with `is_left_out`: whether no downloaded file of their batch holds them."""
        return self.annotate(is_left_out=ExpressionWrapper(left_out(), BooleanField()))

    def with_largest_paid(self) -> "WithdrawalQuerySet":
        """Return them with `largest_paid`: the largest amount paid to the partner so far."""
        paid = Withdrawal.objects.filter(account=OuterRef("account"), status=WithdrawalStatus.PAID)
        largest = paid.order_by("-amount").values("amount")[:1]
        return self.annotate(largest_paid=Subquery(largest))


class Withdrawal(models.Model):
    """A request by an owner to be paid the full available balance."""

    guard = Guard(
        frozen=(
            *("number", "account", "amount", "billing", "entry"),
            *("requested_at", "requested_by"),
        ),
        changes_in={WithdrawalStatus.PENDING: ("batch", "payout_approval")},
        set_by={
            WithdrawalStatus.PAID: ("paid_at", "paid_by", "payment_reference"),
            WithdrawalStatus.RETURNED: (
                *("returned_at", "returned_by", "return_reason", "return_entry"),
            ),
        },
        moves=Moves(transitions=WITHDRAWAL_TRANSITIONS, history="commissions.WithdrawalEvent"),
    )

    number = models.CharField(max_length=20, unique=True)  # such as W-2026-0001
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="withdrawals")
    amount = MoneyField()
    status = models.CharField(
        max_length=10, choices=WithdrawalStatus, default=WithdrawalStatus.PENDING
    )
    # The number of the latest row of its history
    last_event = models.PositiveIntegerField(default=1, editable=False)
    billing = models.ForeignKey(BillingDetails, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="withdrawal")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawals"
    )
    # By which a second person let it be paid, where it is above the limit
    payout_approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
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
                condition=Q(status__in=("pending", "paid", "returned")),
                name="withdrawal_status_known",
            ),
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

    @property
    def tone(self) -> str:
        """The color and shape of the status's badge."""
        return TONES[self.status]

    @property
    def needs_approval(self) -> bool:
        """Whether a second person has to approve its payout, and has not yet."""
        return self.amount > settings.PAYOUT_APPROVAL_LIMIT and self.payout_approval_id is None

    @property
    def why_held(self) -> str:
        """Why it cannot be exported or paid yet, "" if it can. Reads `billing` and the partner."""
        partner = self.account.partner
        if partner.is_suspended:
            return (
                f"{self.number} waits because {partner} is suspended. It can be exported and "
                "marked as paid once the suspension is lifted."
            )
        if self.needs_approval:
            return (
                f"{self.number} is above the limit of {usd(settings.PAYOUT_APPROVAL_LIMIT)}: a "
                "second person has to approve it first. Request that on its page."
            )
        if not self.billing.is_held:
            return ""
        return (
            f"{self.number} is on hold until {date_and_time(self.billing.held_until)}: its PayPal "
            f"account was entered on {date_and_time(self.billing.paypal_since)}."
        )

    @property
    def why_left_out(self) -> str:
        """Why it was not paid with its batch, "" if it may have been. Needs `with_left_out`."""
        if self.batch is None or not self.is_left_out:  # type: ignore[attr-defined]
            return ""
        return (
            f"{self.number} is in no downloaded file of batch {self.batch.number}, so it was not "
            "paid with it. Download a new file once the others are marked as paid, or release "
            f"{self.number} from the batch."
        )

    @property
    def details_warning(self) -> str:
        """A warning to finance about a pending one's billing details, "" if there is none.

        Needs `with_details_changed`, and reads `billing`.
        """
        if self.status != WithdrawalStatus.PENDING:
            return ""
        words = []
        if self.billing.is_held:
            changed = "Details changed" if self.billing.version > 1 else "First details entered"
            words.append(
                f"{changed} on {day_of(self.billing.paypal_since)}. "
                f"On hold until {date_and_time(self.billing.held_until)}."
            )
        later = getattr(self, "details_changed_at", None)
        if later:
            words.append(
                f"Details changed on {day_of(later)}, after this request. "
                "It is still paid to the earlier details."
            )
        return " ".join(words)

    @property
    def amount_warning(self) -> str:
        """A warning to finance about a pending one's amount, "" if there is none.

        Needs `with_largest_paid`.
        """
        if self.status != WithdrawalStatus.PENDING:
            return ""
        words = []
        if self.needs_approval:
            words.append(
                f"Above {usd(settings.PAYOUT_APPROVAL_LIMIT)}: a second person has to approve it."
            )
        largest = getattr(self, "largest_paid", None)
        if largest is not None and self.amount > largest * UNUSUAL_PAYOUT:
            words.append(
                f"More than {UNUSUAL_PAYOUT} times the largest amount paid to this partner so far, "
                f"{usd(largest)}."
            )
        return " ".join(words)

    @property
    def balance_warning(self) -> str:
        """A warning to finance that a pending one exceeds the account's balance, else ""."""
        account = self.account
        if self.status != WithdrawalStatus.PENDING or account.balance >= 0:
            return ""
        return (
            f"The account's balance is {usd(account.balance)}: a commission was reversed after its "
            "money was withdrawn. Return this withdrawal, unless you mean to pay it."
        )

    @property
    def warning(self) -> str:
        """What finance should check before paying it: balance, amount, billing details."""
        warnings = (self.balance_warning, self.amount_warning, self.details_warning)
        return " ".join(filter(None, warnings))


class WithdrawalEventManager(models.Manager["WithdrawalEvent"]):
    """Writes the history."""

    def begin(self, withdrawal: Withdrawal) -> None:
        """Record the request in the history, in the transaction that creates the withdrawal."""
        self.create(
            withdrawal=withdrawal,
            number=withdrawal.last_event,
            to_status=withdrawal.status,
            at=withdrawal.requested_at,
            actor=withdrawal.requested_by,
        )

    def record(
        self, withdrawals: Iterable[Withdrawal], to: str, evidence: str, actor: User, at: datetime
    ) -> None:
        """Record that the locked withdrawals, which still have their old status, become `to`.

        The database requires this before they are updated. Call it first, then add one to each
        one's `last_event`.
        """
        self.bulk_create(
            WithdrawalEvent(
                withdrawal=row,
                number=row.last_event + 1,
                from_status=row.status,
                to_status=to,
                at=at,
                actor=actor,
                evidence=evidence,
                batch_id=row.batch_id,
            )
            for row in withdrawals
        )


class WithdrawalEvent(models.Model):
    """A row of a withdrawal's history: who changed its status, when, and what proves it.

    `evidence` is the payment's reference for *paid* and the reason for *returned*; `batch` is the
    one it was paid in. They repeat what the withdrawal says, so that an audit can compare.
    """

    guard = Guard(append_only=True, history_of="withdrawal")

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    from_status = models.CharField(max_length=10, choices=WithdrawalStatus, blank=True)
    to_status = models.CharField(max_length=10, choices=WithdrawalStatus)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[WithdrawalEventManager] = WithdrawalEventManager()

    class Meta:
        ordering = ("withdrawal", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("withdrawal", "number"), name="withdrawal_event_number_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.withdrawal_id}: {self.get_to_status_display()}"
