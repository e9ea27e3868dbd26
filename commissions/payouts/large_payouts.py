"""Withdrawals above the limit: a second person approves one before it is exported and paid."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.text import Truncator

from commissions.payouts.models import Withdrawal, WithdrawalStatus
from commissions.payouts.withdrawals import Outcome, decided
from leadportal.approvals import decisions
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.models import User

PERMISSION = "commissions.pay_withdrawal"


class Payout(Kind):
    """The payout of a withdrawal above the limit."""

    slug = "payout"
    label = "Payout"
    permission = PERMISSION
    template_name = "admin/commissions/withdrawal/_payout.html"

    def details(self, approval: Approval) -> dict[str, Any]:
        """Return the withdrawal with its partner, billing details and what is unusual about it."""
        rows = Withdrawal.objects.with_details_changed().with_largest_paid()
        rows = rows.select_related("account__partner", "billing")
        return {"withdrawal": rows.get(pk=approval.data["withdrawal"])}

    def on_approved(self, approval: Approval, actor: User, at: datetime) -> None:
        """Let the withdrawal be exported and paid. Raises Refused where it is not pending."""
        [row] = _locked(Withdrawal.objects.filter(pk=approval.data["withdrawal"]))
        if row.status != WithdrawalStatus.PENDING:
            raise decisions.Refused(decided(row))
        Withdrawal.objects.filter(pk=row.pk).update(payout_approval=approval)


PAYOUT = Payout()


def needing_approval() -> Q:
    """Return the condition of pending withdrawals for which an approval can be requested."""
    requested = Approval.objects.awaiting().filter(kind=PAYOUT.slug).values("subject")
    return Q(
        status=WithdrawalStatus.PENDING,
        amount__gt=settings.PAYOUT_APPROVAL_LIMIT,
        payout_approval=None,
    ) & ~Q(number__in=requested)


def request_approval(withdrawals: QuerySet[Withdrawal], reason: str, actor: User) -> list[Outcome]:
    """Request that a second person approves the payout of each, and report row by row.

    Raises PermissionDenied, and Refused without a reason or for one that is too long.
    """
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
    with transaction.atomic():
        return [_requested(row, reason, actor) for row in _locked(withdrawals)]


def why_not_requested(withdrawal: Withdrawal) -> str:
    """Return why no approval can be requested, "" where it can or is requested already."""
    if withdrawal.status != WithdrawalStatus.PENDING:
        return decided(withdrawal)
    if not withdrawal.needs_approval:
        return f"{withdrawal.number} can be paid without another approval."
    return ""


def _requested(row: Withdrawal, reason: str, actor: User) -> Outcome:
    problem = why_not_requested(row)
    if problem:
        return Outcome(row, problem)
    partner = Truncator(row.account.partner.name).chars(150)
    wanted = decisions.Request(
        kind=PAYOUT,
        subject=row.number,
        label=f"{row.number}, {partner}",
        link=reverse("admin:commissions_withdrawal_change", args=[row.pk]),
        summary=(
            f"{row.number}, {usd(row.amount)} to {partner}, can be exported and marked as paid. "
            f"It is above the limit of {usd(settings.PAYOUT_APPROVAL_LIMIT)}."
        ),
        reason=reason,
        amount=row.amount,
        data={"withdrawal": row.pk},
    )
    try:
        decisions.request(wanted, actor)
    except decisions.AlreadyRequested as error:
        return Outcome(row, f"{row.number}: {error}")
    return Outcome(row)


def _locked(withdrawals: QuerySet[Withdrawal]) -> list[Withdrawal]:
    rows = withdrawals.select_related("account__partner", "paid_by", "returned_by")
    return list(rows.order_by("account_id", "pk").select_for_update(of=("self",)))
