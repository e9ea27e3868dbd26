"""A lead as it is sent: made ready while nobody waits, then written in one go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage

from commissions import explanation
from commissions.calculator import Estimate
from leadportal.mail import outbox
from leadportal.partners.models import User
from leads import deal, emails
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.models.lead import business_day_after
from leads.status import Status
from leads.submission.pages import Pages


class Overtaken(Exception):
    """The draft is no longer as it was when its submission was made ready."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A lead that is whole but not written yet, with its lines and the mails that tell of it."""

    lead: Lead
    chosen: list[dict[str, Any]]
    estimate: Estimate
    mails: list[EmailMessage]

    def write(self, draft: Draft) -> Lead:
        """Turn the draft, from which this was made ready, into the lead; return it.

        In the caller's transaction, which ends where this raises: Overtaken where the draft was
        saved, sent or discarded meanwhile, IntegrityError where another lead has drawn the same
        reference before.
        """
        lead = self.lead
        lead.save(force_insert=True)
        if not Draft.objects.end(draft, lead):
            raise Overtaken
        DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, self.chosen, self.estimate)
        LeadCount.objects.add({(lead.partner_id, lead.status): 1})
        LeadEvent.objects.create(
            lead=lead,
            number=lead.last_event,
            kind=LeadEvent.Kind.SUBMITTED,
            to_status=lead.status,
            at=lead.submitted_at,
            actor=lead.submitted_by,
        )
        outbox.queue(self.mails)
        return lead

    def has_new_reference(self) -> bool:
        """Return whether no other lead has the reference that was drawn for this one."""
        return not Lead.objects.filter(reference=self.lead.reference).exists()


def prepare(pages: Pages, author: User, at: datetime) -> Submission:
    """Return the submission of these pages, which have all been found finished. Only reads."""
    agreements = pages.checked_agreements
    chosen = pages.checked_lines.lines()
    estimate = deal.estimate(chosen, pages.terms, pages.day)
    agents = deal.total_agents(estimate.lines)
    type_ = pages.checked_commission.cleaned_data["commission_type"]
    some_price = any(line.is_priced for line in estimate.lines)

    lead: Lead = pages.checked_contact.save(commit=False)
    lead.partner = pages.partner
    lead.submitted_by = lead.agreed_by = author
    lead.status = Status.SUBMITTED
    lead.submitted_at = lead.changed_at = at
    lead.lead_is_informed_at = lead.accepts_requirements_at = at
    lead.terms = pages.terms
    lead.decision_due = business_day_after(pages.day, pages.terms.decision_business_days)
    lead.commission_type = type_
    lead.is_included_in_communication = agreements.cleaned_data["is_included_in_communication"]
    lead.attends_meetings = agreements.cleaned_data["attends_meetings"]
    lead.sends_personal_introduction = agreements.cleaned_data["sends_personal_introduction"]
    lead.agents = agents
    lead.meets_criteria = deal.meets_criteria(agents, lead.employees, pages.terms)
    lead.annual_value = estimate.annual_value if some_price else None
    if some_price or type_ == "flat_fee":
        lead.estimated_commission = estimate.commission(type_)
    lead.estimate = explanation.freeze(estimate, type_)
    lead.estimate_is_complete = estimate.is_complete
    lead.refresh_search_text()
    return Submission(lead, chosen, estimate, emails.submitted(lead))
