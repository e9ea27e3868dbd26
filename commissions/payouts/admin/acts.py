"""What finance does to withdrawals, one or many: export, mark as paid, return."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.forms import Form
from django.utils import timezone

from commissions.ledger.admin.posting_preview import NO_REASON_YET
from commissions.ledger.forms import ReasonForm
from commissions.payouts import emails, withdrawals
from commissions.payouts.forms import ExportForm, PaymentForm
from commissions.payouts.models import PaymentBatch, Withdrawal, WithdrawalStatus
from commissions.payouts.withdrawals import Outcome
from leadportal.partners.models import User


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to, row by row; `batch` is the one that an export made."""

    outcomes: list[Outcome]
    batch: PaymentBatch | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: the word in its address, on its button and in its report; what it asks."""

    slug: str
    verb: str
    done: str
    form: type[Form]
    why_not: Callable[[Withdrawal], str]
    run: Callable[[QuerySet[Withdrawal], dict[str, str], User], Done]
    status: WithdrawalStatus | None = None

    @property
    def url_name(self) -> str:
        """The name of the page's address."""
        return f"admin:commissions_withdrawal_{self.slug}"

    @property
    def is_final(self) -> bool:
        """Whether nothing leads back from what it does."""
        return self.status == WithdrawalStatus.RETURNED


def _export(rows: QuerySet[Withdrawal], data: dict[str, str], actor: User) -> Done:
    batch = withdrawals.claim(rows, actor)
    left_out = withdrawals.unclaimed(rows, batch)
    claimed = rows.filter(batch=batch).select_related("account__partner")
    return Done([*(Outcome(row) for row in claimed), *left_out], batch)


def _pay(rows: QuerySet[Withdrawal], data: dict[str, str], actor: User) -> Done:
    return Done(withdrawals.mark_paid(rows, data["payment_reference"], actor))


def _give_back(rows: QuerySet[Withdrawal], data: dict[str, str], actor: User) -> Done:
    return Done(withdrawals.give_back(rows, data["reason"], actor))


def _why_not(to: WithdrawalStatus) -> Callable[[Withdrawal], str]:
    return lambda withdrawal: withdrawals.why_not(withdrawal, to)


ACTS: dict[str, Act] = {
    act.slug: act
    for act in (
        Act(
            slug="export",
            verb="Export for payment",
            done="exported",
            form=ExportForm,
            why_not=withdrawals.why_not_claimed,
            run=_export,
        ),
        Act(
            slug="pay",
            verb="Mark as paid",
            done="marked as paid",
            form=PaymentForm,
            why_not=_why_not(WithdrawalStatus.PAID),
            run=_pay,
            status=WithdrawalStatus.PAID,
        ),
        Act(
            slug="return",
            verb="Return",
            done="returned",
            form=ReasonForm,
            why_not=_why_not(WithdrawalStatus.RETURNED),
            run=_give_back,
            status=WithdrawalStatus.RETURNED,
        ),
    )
}


def open_acts(withdrawal: Withdrawal) -> list[Act]:
    """Return what can be done with the withdrawal, in the order of the buttons."""
    return [act for act in ACTS.values() if not act.why_not(withdrawal)]


def example_mail(
    act: Act, rows: Sequence[Withdrawal], typed: dict[str, str]
) -> EmailMultiAlternatives | None:
    """Return the mail about the first of `rows`, unsent; None where nobody is told anything."""
    if act.status is None or not rows:
        return None
    told = copy(rows[0])
    told.status = act.status
    told.payment_reference = typed.get("payment_reference", "").strip() or NO_REASON_YET
    told.return_reason = " ".join(typed.get("reason", "").split()) or NO_REASON_YET
    told.paid_at = told.returned_at = timezone.now()
    return emails.moved(told, told.requested_by.email)
