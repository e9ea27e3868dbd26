"""The page of a decision about one lead."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from commissions.catalog.deal_editor import posted_answers
from commissions.ledger.errors import LedgerError
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.ui.action_view import ActionView, Conflict
from leads.decisions import DecisionError, decide, why_not
from leads.models import Lead
from leads.status import TRANSITIONS, Status, is_final
from leads.triage.next_lead import next_link
from leads.triage.typed_decision import TypedDecision


class DecideView(ActionView):
    """Decide one lead: approve, reject, win or lose it, whichever `to` says."""

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
            return ""
        return f"{self.object}: {why_not([self.object], self.to)[self.object.pk]}"

    def prepare(self) -> None:
        answers = posted_answers(self.request.POST.dict()) if self.request.POST else None
        is_checked = self.request.POST.get("do") in (self.action, "preview")
        today = timezone.localdate()
        self.typed = TypedDecision(self.object, self.to, today, answers, is_checked=is_checked)
        self.form = self.typed.form

    def is_valid(self) -> bool:
        return self.typed.is_valid()

    def perform(self) -> Lead:
        [outcome] = decide(
            Lead.objects.filter(pk=self.object.pk),
            self.typed.decision(),
            staff_user(self.request),
        )
        if outcome.problem:
            raise Conflict(f"{outcome.lead}: {outcome.problem}")
        return outcome.lead

    def succeed(self, done: Lead) -> HttpResponse:
        credit = done.current_credit
        credited = f" {usd(credit.amount)} was credited to {done.partner}." if credit else ""
        messages.success(
            self.request,
            format_html(
                '<a href="{}">{}</a> is now {}.{}{}',
                reverse("admin:leads_lead_change", args=[done.pk]),
                done,
                self.to.label,
                credited,
                next_link(self.model_admin, self.request),
            ),
        )
        return self.model_admin.to_list(self.request)

    def get_title(self) -> str:
        return f"{self.verb}: {self.object.company_name}"

    def get_context(self) -> dict[str, Any]:
        return {"lead": self.object, "typed": self.typed, "forms": self.typed.forms}
