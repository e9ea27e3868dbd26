"""Withdrawals: requested by an owner; exported, marked as paid or returned by finance."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from commissions.ledger import posting
from commissions.ledger.balances import balances
from commissions.ledger.errors import LedgerError
from commissions.ledger.posting import locked_account
from commissions.payouts import emails, paypal
from commissions.payouts.billing import locked_partner
from commissions.payouts.models import (
    WITHDRAWAL_TRANSITIONS,
    BillingDetails,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalStatus,
)
from leadportal.approvals import decisions as approvals
from leadportal.domains import readable_email
from leadportal.lengths import excess, longest
from leadportal.money import CENT, usd
from leadportal.partners.models import User
from leadportal.ui.formats import date_and_time


class WithdrawalRefused(LedgerError):
    """The request, payment or return is refused; the message is for the person who acted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one withdrawal: done, or `problem` says why not."""

    withdrawal: Withdrawal
    problem: str = ""

    @property
    def done(self) -> bool:
        """Whether there was no problem."""
        return not self.problem


def request(owner: User) -> Withdrawal:
    """Request the full available balance of the owner's organization and return the withdrawal.

    It is posted immediately, so that it cannot be requested twice. Raises PermissionDenied for
    anybody but an owner, WithdrawalRefused below MINIMUM_WITHDRAWAL, without billing details and
    while the organization is suspended.
    """
    if not owner.is_owner or owner.partner is None:
        raise PermissionDenied
    with transaction.atomic():
        account = locked_account(owner.partner)
        if locked_partner(owner.partner).is_suspended:
            raise WithdrawalRefused(f"{owner.partner} is suspended. Nothing can be withdrawn.")
        at = timezone.now()
        amount = balances(account, at).available
        # Even without a minimum, an empty account has nothing to withdraw.
        least = max(settings.MINIMUM_WITHDRAWAL, CENT)
        if amount < least:
            raise WithdrawalRefused(
                f"{usd(amount)} is available. You can withdraw once {usd(least)} is available."
            )
        billing = BillingDetails.objects.current(owner.partner)
        if billing is None:
            raise WithdrawalRefused(
                "Enter your billing details first, so that we know where to pay."
            )
        number = _next_number(at)
        entry = posting.withdraw(owner.partner, amount=amount, reference=number, actor=owner)
        withdrawal = Withdrawal.objects.create(
            number=number,
            account=account,
            amount=amount,
            billing=billing,
            entry=entry,
            requested_at=at,
            requested_by=owner,
        )
        WithdrawalEvent.objects.begin(withdrawal)
        emails.send_requested(withdrawal)
    return withdrawal


def claim(withdrawals: QuerySet[Withdrawal], actor: User) -> PaymentBatch:
    """Put the payable ones among `withdrawals` into a new batch and return it.

    One that is on hold because its PayPal account is new, or that a second person has not approved
    yet, is left out. One that is already in a batch stays there. `unclaimed` explains both. Raises
    PermissionDenied, and WithdrawalRefused if there is nothing to export or too much for one file.
    """
    _require_finance(actor)
    with transaction.atomic():
        payable = Withdrawal.objects.payable(timezone.now())
        wanted = withdrawals.filter(pk__in=payable.values("pk"), batch=None)
        locked = _locked(wanted, with_partners=True)
        free = [row for row in locked if not why_not_claimed(row)]
        if not free:
            raise WithdrawalRefused(
                why_not_claimed(locked[0])
                if locked
                else "None can be exported: they are paid, returned, in a batch or on hold."
            )
        if len(free) > paypal.MOST_PAYMENTS:
            raise WithdrawalRefused(
                f"PayPal takes at most {paypal.MOST_PAYMENTS:,} payments in one file. Choose fewer."
            )
        # The number comes last: refused exports leave no gap.
        batch = PaymentBatch.objects.create(
            number=Sequence.objects.next("batch"), created_at=timezone.now(), created_by=actor
        )
        Withdrawal.objects.filter(pk__in=[row.pk for row in free]).update(batch=batch)
    return batch


def unclaimed(withdrawals: QuerySet[Withdrawal], batch: PaymentBatch) -> list[Outcome]:
    """Return those of the chosen that an export left out of its batch, each with the reason."""
    left_out = withdrawals.exclude(batch=batch).select_related(
        "account__partner", "billing", "batch__created_by", "paid_by", "returned_by"
    )
    return [Outcome(row, why_not_claimed(row)) for row in left_out.order_by("requested_at", "pk")]


def why_not_claimed(withdrawal: Withdrawal) -> str:
    """Return why a new batch cannot include the withdrawal, "" if it can."""
    if withdrawal.status != WithdrawalStatus.PENDING:
        return decided(withdrawal)
    batch = withdrawal.batch
    if batch is None:
        return withdrawal.why_held or _why_not_payable(withdrawal)
    return (
        f"{withdrawal.number} is already in batch {batch.number}, exported by {batch.created_by} "
        f"on {date_and_time(batch.created_at)}."
    )


def _why_not_payable(withdrawal: Withdrawal) -> str:
    if paypal.can_pay(withdrawal):
        return ""
    return (
        f"{withdrawal.number} cannot be exported because PayPal cannot pay "
        f"{readable_email(withdrawal.billing.paypal)}. Return it so that the partner can "
        "correct the address."
    )


def mark_paid(
    withdrawals: QuerySet[Withdrawal], payment_reference: str, actor: User
) -> list[Outcome]:
    """Record that the money was sent, under the payment's reference, and report row by row.

    Raises PermissionDenied, WithdrawalRefused without a reference or for one above 100 characters.
    """
    _require_finance(actor)
    reference = _fitting(
        payment_reference,
        "payment_reference",
        "Enter the payment reference from PayPal.",
    )
    with transaction.atomic():
        rows = withdrawals.with_left_out()  # type: ignore[attr-defined]
        outcomes = _judged(_locked(rows, with_partners=True), WithdrawalStatus.PAID)
        paid = [outcome.withdrawal for outcome in outcomes if outcome.done]
        at = timezone.now()
        changes = {
            "status": WithdrawalStatus.PAID,
            "paid_at": at,
            "paid_by": actor,
            "payment_reference": reference,
        }
        WithdrawalEvent.objects.record(paid, WithdrawalStatus.PAID, reference, actor, at)
        Withdrawal.objects.filter(pk__in=[row.pk for row in paid]).update(
            last_event=F("last_event") + 1, **changes
        )
        for row in paid:
            row.last_event += 1
            _set(row, changes)
        _close_requests(paid, actor, "was marked as paid")
        emails.send_moved(paid)
    return outcomes


def give_back(withdrawals: QuerySet[Withdrawal], reason: str, actor: User) -> list[Outcome]:
    """Make the money available again, because the payment bounced or cannot be made.

    Reports row by row; an account that cannot be posted to does not affect the others. Raises
    PermissionDenied, WithdrawalRefused without a reason or for one above 200 characters.
    """
    _require_finance(actor)
    words = _fitting(reason, "return_reason", "Give a reason. The partner will read it.")
    with transaction.atomic():
        judged = _judged(_locked(withdrawals), WithdrawalStatus.RETURNED)
        at = timezone.now()
        outcomes = [
            _returned(outcome, words, actor, at) if outcome.done else outcome for outcome in judged
        ]
        returned = [outcome.withdrawal for outcome in outcomes if outcome.done]
        _close_requests(returned, actor, "was returned")
        emails.send_moved(returned)
    return outcomes


def why_not(withdrawal: Withdrawal, to: WithdrawalStatus) -> str:
    """Return why the withdrawal cannot become `to`, "" if it can.

    Reads `billing` and the batch. To become Paid, it needs `with_left_out`.
    """
    if to not in WITHDRAWAL_TRANSITIONS[withdrawal.status]:
        return decided(withdrawal)
    if to != WithdrawalStatus.PAID:
        return ""
    return withdrawal.why_held or withdrawal.why_left_out


def _returned(outcome: Outcome, words: str, actor: User, at: datetime) -> Outcome:
    row = outcome.withdrawal
    try:
        with transaction.atomic():
            entry = posting.give_back(row.entry, reason=words, actor=actor)
    except LedgerError as error:
        return replace(outcome, problem=str(error))
    WithdrawalEvent.objects.record([row], WithdrawalStatus.RETURNED, words, actor, at)
    changes = {
        "status": WithdrawalStatus.RETURNED,
        "last_event": row.last_event + 1,
        "returned_at": at,
        "returned_by": actor,
        "return_reason": words,
        "return_entry": entry,
    }
    _set(row, changes)
    row.save(update_fields=tuple(changes))
    return outcome


def _close_requests(rows: list[Withdrawal], actor: User, what: str) -> None:
    """Cancel what still awaits approval about `rows`, such as the release from a batch."""
    numbers = [row.number for row in rows]
    approvals.close(numbers, actor, f"The withdrawal {what} in the meantime.")


def _judged(rows: list[Withdrawal], to: WithdrawalStatus) -> list[Outcome]:
    _name_deciders(rows)
    return [Outcome(row, why_not(row, to)) for row in rows]


def _locked(withdrawals: QuerySet[Withdrawal], *, with_partners: bool = False) -> list[Withdrawal]:
    """Return the rows, locked; with their partners, too, if these must not be suspended."""
    of = ("self", "account__partner") if with_partners else ("self",)
    # By account, so that those who post to several accounts take them in one order.
    return list(
        withdrawals.select_related(
            "account__partner", "billing", "entry__account__partner", "requested_by", "batch"
        )
        .order_by("account_id", "pk")
        .select_for_update(of=of, no_key=True)
    )


def _name_deciders(rows: list[Withdrawal]) -> None:
    # Read after the lock: PostgreSQL joins a row that it waited for with who stood there before.
    deciders = {pk for row in rows for pk in (row.paid_by_id, row.returned_by_id) if pk}
    people = User.objects.in_bulk(deciders) if deciders else {}
    for row in rows:
        row.paid_by = people.get(row.paid_by_id)
        row.returned_by = people.get(row.returned_by_id)


def decided(withdrawal: Withdrawal) -> str:
    """Return who paid or returned the withdrawal, and when."""
    returned = withdrawal.status == WithdrawalStatus.RETURNED
    who = withdrawal.returned_by if returned else withdrawal.paid_by
    at = withdrawal.returned_at if returned else withdrawal.paid_at
    when = f" on {date_and_time(at)}" if at else ""
    return (
        f"{withdrawal.number} was already {withdrawal.get_status_display().lower()} by {who}{when}."
    )


def _set(withdrawal: Withdrawal, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(withdrawal, name, value)


def _fitting(typed: str, field: str, missing: str) -> str:
    words = " ".join(typed.split())
    if not words:
        raise WithdrawalRefused(missing)
    # SQLite accepts a text of any length.
    if too_long := excess(words, longest(Withdrawal, field)):
        raise WithdrawalRefused(too_long)
    return words


def _require_finance(actor: User) -> None:
    if not actor.has_perm("commissions.pay_withdrawal"):
        raise PermissionDenied


def _next_number(at: datetime) -> str:
    year = timezone.localtime(at).year
    return f"W-{year}-{Sequence.objects.next(f'withdrawal-{year}'):04}"
