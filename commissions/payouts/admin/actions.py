"""What finance does to withdrawals, one or many: export, mark as paid, return."""

from collections.abc import Mapping
from copy import copy
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.expressions import BaseExpression
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from commissions.ledger.admin.posting_preview import NO_REASON_YET
from commissions.ledger.errors import LedgerError
from commissions.ledger.forms import FinanceForm, ReasonForm
from commissions.payouts import emails, large_payouts, paypal, withdrawals
from commissions.payouts.batches import PERMISSION
from commissions.payouts.forms import ApprovalRequestForm, ExportForm, PaymentForm
from commissions.payouts.models import PaymentBatch, Withdrawal, WithdrawalStatus
from commissions.payouts.models.withdrawal import NEWEST, WithdrawalQuerySet, left_out, payable_at
from leadportal.approvals.decisions import ApprovalError
from leadportal.approvals.models import Approval
from leadportal.db.keys import number
from leadportal.money import from_cents, to_cents, usd
from leadportal.partners.access import staff_user
from leadportal.ui.admin_pages import leave
from leadportal.ui.bulk import BulkView, Selection
from leadportal.ui.bulk_progress import Outcome, Progress


class WithdrawalsView(BulkView):
    """What the actions on withdrawals have in common. `?batch=1` chooses a batch's pending ones."""

    permission = PERMISSION
    order = NEWEST
    choosing = (*BulkView.choosing, "batch")
    refusals: tuple[type[Exception], ...] = (LedgerError,)
    report_template_name = "admin/commissions/withdrawal/bulk_report.html"

    statuses: tuple[WithdrawalStatus, ...] = (WithdrawalStatus.PENDING,)  # that it is open to
    form_class: type[FinanceForm]

    form: FinanceForm

    @property
    def result(self) -> str:  # type: ignore[override]
        return self.done

    def get_selection(self) -> Selection:
        batch = number(self.given.get("batch", ""))
        if batch is None:
            return super().get_selection()
        rows = self.model_admin.viewable(self.request).filter(batch__number=batch)
        pending = rows.filter(status=WithdrawalStatus.PENDING)
        return Selection(pending, [("batch", batch)], is_across=True)

    def with_everything(self, rows: QuerySet[Withdrawal]) -> QuerySet[Withdrawal]:
        related = ("account__partner", "billing", "requested_by", "paid_by", "returned_by")
        assert isinstance(rows, WithdrawalQuerySet)  # noqa: S101 - the admin gives no other
        return (
            rows.with_largest_paid().with_left_out().select_related(*related, "batch__created_by")
        )

    def get_totals(self) -> dict[str, BaseExpression]:
        below_zero = self.open_condition & Q(account__balance__lt=0)
        return {
            "sum": Sum("amount", filter=self.open_condition),
            "below_zero": Count("pk", filter=below_zero),
        }

    @property
    def sum(self) -> Decimal:
        """The amount of the withdrawals that the action can be performed on."""
        return self.totals["sum"] or Decimal("0.00")

    def get_form(self) -> FinanceForm:
        return self.form_class(self.request.POST if self.is_typed else None)

    def get_title(self) -> str:
        return f"{self.verb}: {self.counted_open}, {usd(self.sum)}"

    def get_button(self) -> str:
        return f"{self.verb}: {usd(self.sum)}"

    def get_success(self, progress: Progress) -> str:
        were = "was" if progress.done == 1 else "were"
        dollars = usd(from_cents(progress.cents))
        return f"{self.counted(progress.done)}, {dollars}, {were} {self.done}."


class ExportView(WithdrawalsView):
    """Put the withdrawals into one new batch."""

    slug = action = "export"
    verb = "Export for payment"
    done = "exported"
    step = paypal.MOST_PAYMENTS
    too_many = f"PayPal takes at most {step:,} payments in one file. Filter the list for fewer."
    form_class = ExportForm
    template_name = "admin/commissions/withdrawal/export.html"

    batch: PaymentBatch

    def open_rows(self) -> Q:
        free = payable_at(timezone.now()) & Q(batch=None)
        rows = self.selection.rows.filter(free).order_by().values_list("pk", "billing__paypal")
        return free & ~Q(pk__in=[pk for pk, address in rows if not paypal.is_payable(address)])

    def why_not(self, rows: list[Withdrawal]) -> list[str]:
        return [withdrawals.why_not_claimed(row) for row in rows]

    def perform(self, rows: QuerySet[Withdrawal]) -> list[Outcome]:
        self.batch = withdrawals.claim(rows, staff_user(self.request))
        claimed = rows.filter(batch=self.batch).select_related("account__partner")
        left_out = withdrawals.unclaimed(rows, self.batch)
        return [*(_outcome(row) for row in claimed), *_outcomes(left_out)]

    def succeed(self, progress: Progress) -> HttpResponse:
        messages.success(self.request, self.get_success(progress))
        batch = reverse("admin:commissions_paymentbatch_change", args=[self.batch.pk])
        return leave(self.request, batch)

    def get_report_context(self) -> dict[str, Any]:
        return {"batch": self.batch}


class RequestApprovalView(WithdrawalsView):
    """Request that a second person approves the payouts above the limit."""

    slug = action = "request_approval"
    verb = "Request approval"
    done = "requested"
    refusals = (LedgerError, ApprovalError)
    form_class = ApprovalRequestForm
    template_name = "admin/commissions/withdrawal/request_approval.html"

    @property
    def result(self) -> str:  # type: ignore[override]
        return "awaiting approval"

    def open_rows(self) -> Q:
        return large_payouts.needing_approval()

    def why_not(self, rows: list[Withdrawal]) -> list[str]:
        waiting = "{} is already awaiting approval."
        return [large_payouts.why_not_requested(row) or waiting.format(row) for row in rows]

    def get_success(self, progress: Progress) -> str:
        said = f"Approval requested for {self.counted(progress.done)}."
        return f"{said} A second person has to decide before the payment."

    def perform(self, rows: QuerySet[Withdrawal]) -> list[Outcome]:
        reason = self.form.cleaned_data["reason"]
        return _outcomes(large_payouts.request_approval(rows, reason, staff_user(self.request)))


class MovingView(WithdrawalsView):
    """An action that changes the withdrawals' status to `to`, by an email to each partner."""

    preview_template_name = "admin/commissions/withdrawal/_email_preview.html"

    to: WithdrawalStatus

    def why_not(self, rows: list[Withdrawal]) -> list[str]:
        return [withdrawals.why_not(row, self.to) for row in rows]

    def get_context(self) -> dict[str, Any]:
        numbers = self.selection.rows.filter(self.open_condition).order_by().values("number")
        closed = Approval.objects.awaiting().filter(subject__in=numbers)
        email = example_email(self.example, self.to, self.request.POST) if self.example else None
        return {"email": email, "closed_requests": closed}


class PayView(MovingView):
    """Record under which reference the money was sent."""

    slug = action = "pay"
    verb = "Mark as paid"
    done = "marked as paid"
    to = WithdrawalStatus.PAID
    form_class = PaymentForm
    template_name = "admin/commissions/withdrawal/pay.html"

    def open_rows(self) -> Q:
        return payable_at(timezone.now()) & ~left_out()

    def perform(self, rows: QuerySet[Withdrawal]) -> list[Outcome]:
        reference = self.form.cleaned_data["payment_reference"]
        return _outcomes(withdrawals.mark_paid(rows, reference, staff_user(self.request)))


class ReturnView(MovingView):
    """Make the money available to the partners again."""

    slug = action = "return"
    verb = "Return"
    done = "returned"
    is_danger = is_final = True
    to = WithdrawalStatus.RETURNED
    statuses = (WithdrawalStatus.PENDING, WithdrawalStatus.PAID)
    form_class = ReasonForm
    template_name = "admin/commissions/withdrawal/return.html"

    def open_rows(self) -> Q:
        return Q(status__in=self.statuses)

    def get_totals(self) -> dict[str, BaseExpression]:
        return {
            **super().get_totals(),
            "paid": Count("pk", filter=Q(status=WithdrawalStatus.PAID)),
            "first_batch": Min("batch__number", filter=self.open_condition),
            "last_batch": Max("batch__number", filter=self.open_condition),
        }

    def perform(self, rows: QuerySet[Withdrawal]) -> list[Outcome]:
        reason = self.form.cleaned_data["reason"]
        return _outcomes(withdrawals.give_back(rows, reason, staff_user(self.request)))


ACTIONS: tuple[type[WithdrawalsView], ...] = (
    ExportView,
    RequestApprovalView,
    PayView,
    ReturnView,
)


def open_actions(withdrawal: Withdrawal, *, is_requested: bool) -> list[dict[str, str]]:
    """Return the verb, the slug and the address of what can be done with the withdrawal.

    `is_requested` is whether its payout awaits approval.
    """
    problems = {
        RequestApprovalView: is_requested or large_payouts.why_not_requested(withdrawal),
        ExportView: withdrawals.why_not_claimed(withdrawal),
        PayView: withdrawals.why_not(withdrawal, WithdrawalStatus.PAID),
        ReturnView: withdrawals.why_not(withdrawal, WithdrawalStatus.RETURNED),
    }
    return [
        {
            "verb": act.verb,
            "slug": act.slug,
            "url": reverse(f"admin:commissions_withdrawal_{act.slug}"),
        }
        for act in ACTIONS
        if not problems[act]
    ]


def example_email(
    row: Withdrawal, to: WithdrawalStatus, typed: Mapping[str, str]
) -> EmailMultiAlternatives:
    """Return the email about `row` as typed so far, unsent."""
    moved = copy(row)
    moved.status = to
    moved.payment_reference = typed.get("payment_reference", "").strip() or NO_REASON_YET
    moved.return_reason = " ".join(typed.get("reason", "").split()) or NO_REASON_YET
    moved.paid_at = moved.returned_at = timezone.now()
    [(_, people)] = emails.recipients([row])
    return emails.moved(moved, people[0].email if people else "")


def _outcomes(outcomes: list[withdrawals.Outcome]) -> list[Outcome]:
    return [_outcome(outcome.withdrawal, outcome.problem) for outcome in outcomes]


def _outcome(row: Withdrawal, problem: str = "") -> Outcome:
    return Outcome(row, problem, to_cents(row.amount))
