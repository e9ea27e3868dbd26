"""What the audit compares with the evidence: payments, billing details, prices, terms, numbers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from commissions.catalog.models import Price
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.histories import RowFault
from commissions.ledger.snapshot import Scope
from commissions.payouts.models import (
    BillingDetails,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalStatus,
)
from leadportal.approvals.models import State
from leadportal.db.digests import altered

# By status: when, by whom and on what evidence a withdrawal says that it came to it
STEPS: dict[str, tuple[str, str, str]] = {
    WithdrawalStatus.PENDING: ("requested_at", "requested_by_id", ""),
    WithdrawalStatus.PAID: ("paid_at", "paid_by_id", "payment_reference"),
    WithdrawalStatus.RETURNED: ("returned_at", "returned_by_id", "return_reason"),
}


def audit(scope: Scope) -> Iterator[RowFault]:
    """Yield what does not agree with the evidence stored beside it."""
    yield from _steps(scope)
    yield from _paid_without_history(scope)
    yield from _payees(scope)
    yield from _approved_payouts(scope)
    yield from _altered(scope)
    if scope.partner is None:
        yield from _numbers()


def _steps(scope: Scope) -> Iterator[RowFault]:
    """Compare each step of a withdrawal with the history row that was written with it."""
    events = scope.of_partner(
        WithdrawalEvent.objects.order_by("withdrawal", "number"), "withdrawal__account__partner"
    )
    if scope.since is not None:
        events = events.filter(at__gte=scope.since)
    for event in events.select_related("withdrawal").iterator():
        row, step = event.withdrawal, STEPS.get(event.to_status)
        if step is None:
            continue  # which the history's own check names
        at, actor, evidence = step
        said = {
            at: (getattr(row, at), event.at),
            actor: (getattr(row, actor), event.actor_id),
            evidence: (getattr(row, evidence, ""), event.evidence),
        }
        if event.to_status == WithdrawalStatus.PAID:
            said["batch_id"] = (row.batch_id, event.batch_id)
        for column, (now, then) in said.items():
            if now != then:
                yield RowFault(
                    f"Withdrawal {row.number}",
                    f"{column} is {now}, when it became {event.to_status} it was {then}",
                )


def _paid_without_history(scope: Scope) -> Iterator[RowFault]:
    """Find evidence of a payment or a return without a history row."""
    rows = scope.of_partner(Withdrawal.objects.order_by("pk"), "account__partner")
    for status, filled in (
        (WithdrawalStatus.PAID, Q(paid_at__isnull=False) | ~Q(payment_reference="")),
        (WithdrawalStatus.RETURNED, Q(returned_at__isnull=False) | ~Q(return_reason="")),
    ):
        recorded = WithdrawalEvent.objects.filter(withdrawal=OuterRef("pk"), to_status=status)
        for number in rows.filter(filled & ~Exists(recorded)).values_list("number", flat=True):
            yield RowFault(f"Withdrawal {number}", f"looks {status}, its history does not say so")


def _payees(scope: Scope) -> Iterator[RowFault]:
    """Find withdrawals that would be paid to the billing details of another partner."""
    rows = scope.of_partner(Withdrawal.objects.order_by("pk"), "account__partner")
    strange = rows.exclude(billing__partner=F("account__partner"))
    for number, partner in strange.values_list("number", "billing__partner"):
        yield RowFault(f"Withdrawal {number}", f"is paid to the details of partner {partner}")


def _approved_payouts(scope: Scope) -> Iterator[RowFault]:
    """Find withdrawals that name an approval that was not given, or is about something else."""
    approved = Q(
        payout_approval__state=State.APPROVED,
        payout_approval__kind="payout",
        payout_approval__subject=F("number"),
        payout_approval__amount=F("amount"),
    )
    rows = scope.of_partner(Withdrawal.objects.order_by("pk"), "account__partner")
    strange = rows.filter(payout_approval__isnull=False).exclude(approved)
    for number, request in strange.values_list("number", "payout_approval_id"):
        yield RowFault(f"Withdrawal {number}", f"was not approved by request {request}")


def _altered(scope: Scope) -> Iterator[RowFault]:
    """Find changes of versions, and of what is in force, by the digests stored beside them."""
    versions = scope.of_partner(BillingDetails.objects.order_by("pk"), "partner")
    for version in altered(versions):
        yield RowFault(
            f"Billing details {version.pk} of partner {version.partner_id}",
            f"version {version.version} does not have the digest of its content",
        )
    today = timezone.localdate()
    for dated in (CommissionTerms, Price):
        for row in altered(dated._default_manager.filter(valid_from__lte=today).order_by("pk")):
            yield RowFault(
                f"{str(dated._meta.verbose_name).capitalize()} {row.pk} from {row.valid_from}",
                "does not have the digest of its content",
            )


def _numbers() -> Iterator[RowFault]:
    """Compare the counter of the batches with the batches."""
    last = PaymentBatch.objects.aggregate(last=Max("number"))["last"] or 0
    counted = Sequence.objects.filter(pk="batch").values_list("last", flat=True).first() or 0
    if last != counted:
        yield RowFault("Payment batches", f"{counted} are counted, the last is number {last}")
    yield from _gaps()


def _gaps() -> Iterator[RowFault]:
    before: Any = PaymentBatch.objects.filter(number=OuterRef("number") - 1)
    for number in (
        PaymentBatch.objects.filter(Q(number__gt=1) & ~Exists(before))
        .order_by("number")
        .values_list("number", flat=True)
    ):
        yield RowFault(f"Payment batch {number}", "the batch before it is gone")
