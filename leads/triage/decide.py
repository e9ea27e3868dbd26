"""The page of a decision about one lead."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from commissions.catalog.deal_editor import typed_answers
from commissions.ledger.errors import LedgerError
from leadportal.approvals import decisions as approvals
from leadportal.approvals import emails as approval_emails
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.ui.action_view import ActionView, Conflict
from leads.decisions import WIN, DecisionError, Outcome, decide, why_not
from leads.models import Lead
from leads.status import TRANSITIONS, Status, is_final
from leads.triage.next_lead import next_link
from leads.triage.typed_decision import TypedDecision


class DecideView(ActionView):
    """Decide one lead: approve, reject, win or lose it, depending on `to`."""

    permission = "leads.decide_lead"
    action = "decide"
    object_name = "lead"
    template_name = "admin/leads/lead/decide.html"
    preview_template_name = "admin/leads/_decision_preview.html"
    refusals = (DecisionError, LedgerError)

    to: Status = Status.APPROVED  # given to as_view()
    object: Lead

    @property
    def verb(self) -> str:  # type: ignore[override]
        return self.to.definition.verb

    @property
    def is_danger(self) -> bool:  # type: ignore[override]
        return self.to.definition.is_danger

    @property
    def is_final(self) -> bool:
        """Whether the status never changes again after this decision."""
        return is_final(self.to)

    def get_conflict(self) -> str:
        if self.to in TRANSITIONS[self.object.status]:
            return self._pending_win()
        return f"{self.object}: {why_not([self.object], self.to)[self.object.pk]}"

    def _pending_win(self) -> str:
        """Return who requested this win already, "" without a request."""
        if self.to != Status.WON or self.object.pending_win is None:  # type: ignore[attr-defined]
            return ""
        waiting = approvals.pending(WIN, self.object.reference)
        return f"{self.object}: {approvals.AlreadyRequested(waiting)}" if waiting else ""

    def prepare(self) -> None:
        answers = typed_answers(self.request.POST.dict()) if self.request.POST else None
        is_checked = self.request.POST.get("do") in (self.action, "preview")
        today = timezone.localdate()
        self.typed = TypedDecision(self.object, self.to, today, answers, is_checked=is_checked)
        self.form = self.typed.form

    def is_valid(self) -> bool:
        return self.typed.is_valid()

    def get_computation(self) -> str:
        return self.typed.deal.frozen if self.typed.deal else ""

    def perform(self) -> Outcome:
        [outcome] = decide(
            Lead.objects.filter(pk=self.object.pk),
            self.typed.decision(),
            staff_user(self.request),
        )
        if outcome.problem:
            raise Conflict(f"{outcome.lead}: {outcome.problem}")
        return outcome

    def succeed(self, done: Outcome) -> HttpResponse:
        if done.request is not None:
            return self._succeed_request(done.request)
        lead = done.lead
        credit = lead.current_credit
        credited = f" {usd(credit.amount)} was credited to {lead.partner}." if credit else ""
        messages.success(
            self.request,
            format_html(
                '<a href="{}">{}</a> is now {}.{}{}',
                reverse("admin:leads_lead_change", args=[lead.pk]),
                lead,
                self.to.label,
                credited,
                next_link(self.model_admin, self.request),
            ),
        )
        return self.model_admin.to_list(self.request)

    def _succeed_request(self, request: Approval) -> HttpResponse:
        return self.leave_with(
            messages.SUCCESS,
            f"Approval requested. {request.reason} Nothing is credited, and the partner is not "
            "notified, until a second person approves this win. "
            f"{approval_emails.notified(request)}",
        )

    def get_title(self) -> str:
        return f"{self.verb}: {self.object.company_name}"

    def get_context(self) -> dict[str, Any]:
        return {"lead": self.object, "typed": self.typed, "forms": self.typed.forms}
