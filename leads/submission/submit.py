"""The one way in which a lead comes to be, whatever it came in by."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import timezone

from commissions import explanation
from commissions.calculator import CommissionType, Estimate
from leadportal.mail import outbox
from leadportal.partners.models import Partner, User
from leads import deal, emails
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.models.lead import business_day_after
from leads.submission.submission import Submission

REFERENCE_ATTEMPTS = 5


class DraftChanged(Exception):
    """The draft was saved, submitted or discarded after it was read for this submission."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A lead that is not written yet, what its lines come to, and the emails about it."""

    lead: Lead
    estimate: Estimate
    emails: list[EmailMessage]


def submit_lead(
    submission: Submission,
    *,
    partner: Partner,
    author: User,
    at: datetime,
    draft: Draft | None = None,
) -> Lead:
    """Create the lead of this submission and return it.

    `draft`, where it comes from one, must be as it was read for this submission. One transaction:
    the lead, its lines, its first event, the counter, both emails and the draft's end are committed
    together or not at all. Raises SubmissionError where the submission lacks something, and
    DraftChanged.
    """
    submission.require_complete()
    for attempt in range(1, REFERENCE_ATTEMPTS + 1):
        # SQLite has one writer at a time: all that can be done before it is this one's turn is
        # done before. A plan withdrawn in that instant was still there when the lead was sent.
        prepared = _prepare(submission, partner, author, at)
        try:
            with transaction.atomic():
                _write(prepared, submission, draft)
        except IntegrityError:
            is_taken = Lead.objects.filter(reference=prepared.lead.reference).exists()
            if not is_taken or attempt == REFERENCE_ATTEMPTS:
                raise
        else:
            break
    return prepared.lead


def _prepare(submission: Submission, partner: Partner, author: User, at: datetime) -> _Prepared:
    """Return all that is to be written. Only reads."""
    day = timezone.localdate(at)
    terms, agreements = submission.terms, submission.agreements
    estimate = deal.estimate(submission.lines, terms, day)
    agents = deal.total_agents(estimate.lines)
    has_agreed = agreements.lead_is_informed or agreements.accepts_requirements
    lead = Lead(
        source=submission.source,
        partner=partner,
        submitted_by=author,
        submitted_at=at,
        changed_at=at,
        decision_due=business_day_after(day, terms.decision_business_days),
        terms=terms,
        lead_is_informed_at=at if agreements.lead_is_informed else None,
        accepts_requirements_at=at if agreements.accepts_requirements else None,
        agreed_by=author if has_agreed else None,
        commission_type=submission.commission_type,
        agents=agents,
        meets_criteria=deal.meets_criteria(agents, submission.contact.employees, terms),
        **asdict(submission.contact),
        **asdict(submission.involvement),
    )
    if estimate.lines:
        _freeze(lead, estimate, submission.commission_type)
    lead.refresh_search_text()
    return _Prepared(lead, estimate, emails.submitted(lead))


def _freeze(lead: Lead, estimate: Estimate, type_: CommissionType) -> None:
    """Keep the estimate as it is on this day in the lead."""
    has_price = any(line.is_priced for line in estimate.lines)
    lead.annual_value = estimate.annual_value if has_price else None
    if has_price or type_ is CommissionType.FLAT_FEE:
        lead.estimated_commission = estimate.commission(type_)
    lead.estimate = explanation.freeze(estimate, type_)
    lead.estimate_is_complete = estimate.is_complete


def _write(prepared: _Prepared, submission: Submission, draft: Draft | None) -> None:
    lead = prepared.lead
    lead.save(force_insert=True)
    if draft and not Draft.objects.end(draft, lead):
        raise DraftChanged
    DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, submission.lines, prepared.estimate)
    LeadCount.objects.add({(lead.partner_id, lead.status): 1})
    LeadEvent.objects.create(
        lead=lead,
        kind=LeadEvent.Kind.SUBMITTED,
        to_status=lead.status,
        at=lead.submitted_at,
        actor=lead.submitted_by,
    )
    outbox.queue(prepared.emails)
