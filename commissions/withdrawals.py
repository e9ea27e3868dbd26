"""The doors of a withdrawal: asked for by the owner, exported, paid or returned by finance."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from commissions import emails, ledger
from commissions.balances import balances
from commissions.models import (
    WITHDRAWAL_TRANSITIONS,
    BillingDetails,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalStatus,
)
from commissions.posting import locked_account
from leadportal.money import usd
from leadportal.partners.models import User


class WithdrawalRefused(Exception):
    """A withdrawal, payment or return that cannot be, in words for the person who asked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one withdrawal: it was done, or `problem` says why not."""

    withdrawal: Withdrawal
    problem: str = ""

    @property
    def done(self) -> bool:
        return not self.problem


def request(owner: User) -> Withdrawal:
    """Ask for the whole available balance of the owner's organisation and return the withdrawal.

    Posted at once, so that it cannot be asked for twice. Raises PermissionDenied for anybody but an
    owner, WithdrawalRefused below MINIMUM_WITHDRAWAL or without billing details.
    """
    if not owner.is_owner or owner.partner is None:
        raise PermissionDenied
    with transaction.atomic():
        account = locked_account(owner.partner)
        at = timezone.now()
        amount = balances(account, at).available
        if amount < settings.MINIMUM_WITHDRAWAL:
            raise WithdrawalRefused(
                f"{usd(amount)} is available. A withdrawal is possible from "
                f"{usd(settings.MINIMUM_WITHDRAWAL)}."
            )
        billing = BillingDetails.objects.current(owner.partner)
        if billing is None:
            raise WithdrawalRefused("Enter your billing details first: where should we pay to?")
        number = _next_number(at)
        entry = ledger.withdraw(owner.partner, amount=amount, reference=number, actor=owner)
        withdrawal = Withdrawal.objects.create(
            number=number,
            account=account,
            amount=amount,
            billing=billing,
            entry=entry,
            requested_at=at,
            requested_by=owner,
        )
        emails.send_requested(withdrawal)
    return withdrawal


def claim(withdrawals: QuerySet[Withdrawal], actor: User) -> PaymentBatch:
    """Put the pending ones among `withdrawals` into a new batch and return it.

    One that is in a batch already stays there: a second export cannot hold it too. Raises
    PermissionDenied, and WithdrawalRefused where nothing is left to claim.
    """
    _require_finance(actor)
    with transaction.atomic():
        free = _locked(withdrawals.filter(status=WithdrawalStatus.PENDING, batch=None))
        if not free:
            raise WithdrawalRefused("Each of these is paid, returned or in a batch already.")
        batch = PaymentBatch.objects.create(
            number=Sequence.objects.next("batch"), created_at=timezone.now(), created_by=actor
        )
        Withdrawal.objects.filter(pk__in=[row.pk for row in free]).update(batch=batch)
    return batch


def mark_paid(
    withdrawals: QuerySet[Withdrawal], payment_reference: str, actor: User
) -> list[Outcome]:
    """Record that the money was sent, under the payment's reference, and report row by row.

    Raises PermissionDenied, WithdrawalRefused without a reference.
    """
    reference = payment_reference.strip()
    if not reference:
        raise WithdrawalRefused("Enter the payment's reference, as the bank or PayPal gave it.")

    def pay(withdrawal: Withdrawal, at: datetime) -> None:
        withdrawal.paid_at = at
        withdrawal.paid_by = actor
        withdrawal.payment_reference = reference

    return _move(withdrawals, WithdrawalStatus.PAID, pay, actor)


def give_back(withdrawals: QuerySet[Withdrawal], reason: str, actor: User) -> list[Outcome]:
    """Make the money available again, because the payment bounced or cannot be made.

    Reports row by row. Raises PermissionDenied, WithdrawalRefused without a reason.
    """
    words = " ".join(reason.split())
    if not words:
        raise WithdrawalRefused("Give a reason that the partner will read.")

    def post_back(withdrawal: Withdrawal, at: datetime) -> None:
        withdrawal.return_entry = ledger.give_back(withdrawal.entry, reason=words, actor=actor)
        withdrawal.returned_at = at
        withdrawal.returned_by = actor
        withdrawal.return_reason = words

    return _move(withdrawals, WithdrawalStatus.RETURNED, post_back, actor)


def _move(
    withdrawals: QuerySet[Withdrawal],
    to: WithdrawalStatus,
    change: Callable[[Withdrawal, datetime], None],
    actor: User,
) -> list[Outcome]:
    _require_finance(actor)
    with transaction.atomic():
        rows = _locked(withdrawals)
        at = timezone.now()
        outcomes = [Outcome(row, _why_not(row, to)) for row in rows]
        for row in (outcome.withdrawal for outcome in outcomes if outcome.done):
            change(row, at)
            row.status = to
            row.save()
            emails.send_moved(row)
    return outcomes


def _locked(withdrawals: QuerySet[Withdrawal]) -> list[Withdrawal]:
    # By account, so that those who post to several accounts take them in one order.
    return list(
        withdrawals.select_related("account__partner", "billing", "entry", "requested_by")
        .order_by("account_id", "pk")
        .select_for_update(of=("self",))
    )


def _why_not(withdrawal: Withdrawal, to: WithdrawalStatus) -> str:
    if to in WITHDRAWAL_TRANSITIONS[withdrawal.status]:
        return ""
    returned = withdrawal.status == WithdrawalStatus.RETURNED
    who = withdrawal.returned_by if returned else withdrawal.paid_by
    at = withdrawal.returned_at if returned else withdrawal.paid_at
    when = date_format(timezone.localtime(at), "j M Y, H:i") if at else ""
    return (
        f"{withdrawal.number} was {withdrawal.get_status_display().lower()} already, by {who} on "
        f"{when}. Nothing was changed."
    )


def _require_finance(actor: User) -> None:
    if not actor.has_perm("commissions.pay_withdrawal"):
        raise PermissionDenied


def _next_number(at: datetime) -> str:
    year = timezone.localtime(at).year
    return f"W-{year}-{Sequence.objects.next(f'withdrawal-{year}'):04}"
