"""The decision about many leads at once."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from leadportal.partners.access import staff_user
from leadportal.ui.bulk import BulkView
from leadportal.ui.bulk_progress import Outcome, Progress
from leads.decisions import decide, why_not
from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.same_domain import SameDomain, same_domains
from leads.status import TRANSITIONS, Status, is_final
from leads.triage.forms import DecisionForm
from leads.triage.next_lead import next_in_queue, next_link
from leads.triage.typed_decision import TypedDecision


def statuses_before(to: Status) -> list[str]:
    """Return the statuses from which a lead can become `to`."""
    return [status for status, targets in TRANSITIONS.items() if to in targets]


class DecideManyView(BulkView):
    """Approve many leads, or reject them all for one reason, depending on `to`."""

    permission = "leads.decide_lead"
    action = "decide"
    order = BY_AGE
    done = "decided"
    template_name = "admin/leads/lead/bulk.html"
    preview_template_name = "admin/leads/_decision_preview.html"
    report_template_name = "admin/leads/lead/bulk_report.html"

    to: Status = Status.APPROVED  # given to as_view()
    form: DecisionForm

    @property
    def slug(self) -> str:  # type: ignore[override]
        return self.to.definition.slug

    @property
    def verb(self) -> str:  # type: ignore[override]
        return self.to.definition.verb

    @property
    def result(self) -> str:  # type: ignore[override]
        return f"now {self.to.label}"

    @property
    def is_danger(self) -> bool:  # type: ignore[override]
        return self.to.definition.is_danger

    @property
    def is_final(self) -> bool:  # type: ignore[override]
        return is_final(self.to)

    def open_rows(self) -> Q:
        return Q(status__in=statuses_before(self.to))

    def why_not(self, rows: list[Lead]) -> list[str]:
        problems = why_not(rows, self.to)
        return [problems[lead.pk] for lead in rows]

    def with_everything(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return rows.select_related("partner", "submitted_by", "terms")

    def get_form(self) -> DecisionForm:
        if self.is_typed:
            return DecisionForm(self.request.POST, to=self.to)
        return DecisionForm(initial={"message": self.to.definition.message}, to=self.to)

    def perform(self, rows: QuerySet[Lead]) -> list[Outcome]:
        outcomes = decide(rows, self.form.decision(), staff_user(self.request))
        return [Outcome(outcome.lead, outcome.problem) for outcome in outcomes]

    def get_context(self) -> dict[str, Any]:
        if self.example is None:
            return {"is_of_many": True}
        typed = self.request.POST.dict() if self.is_typed else None
        decision = TypedDecision(
            self.example, self.to, timezone.localdate(), typed, is_checked=self.is_typed
        )
        return {"typed": decision, "is_of_many": True}

    @property
    def named_with_others(self) -> list[tuple[Lead, SameDomain]]:
        """The named leads, each with the other leads of its customer."""
        others = same_domains(self.named)
        return [(lead, others[lead.pk]) for lead in self.named]

    def succeed(self, progress: Progress) -> HttpResponse:
        link = next_link(self.model_admin, self.request)
        said = format_html("{}{}", self.get_success(progress), link)
        return self.leave_with(messages.SUCCESS, said)

    def get_report_context(self) -> dict[str, Any]:
        lead = next_in_queue(self.model_admin, self.request)
        url = self.model_admin.address_of(self.request, lead) if lead else ""
        return {"next_lead": lead, "next_url": url}
