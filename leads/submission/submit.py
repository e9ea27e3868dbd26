"""Submitting a lead from typed data: the entry point for the form and every other source."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from commissions import explanation
from commissions.calculator import CommissionType, Estimate
from commissions.catalog.lines import MAX_LINES
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leadportal.mail import outbox
from leadportal.partners.models import Partner, User
from leads import deal, emails
from leads.fields import BY_NAME
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.models.lead import Source, business_day_after

REFERENCE_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The company and its contact, normalized by the fields of `leads.fields`."""

    company_name: str
    domain: str
    first_name: str
    last_name: str
    contact_email: str
    job_title: str = ""
    region: str = ""
    phone_number: str = ""
    employees: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement:
    """How the partner wants to be involved in the sale."""

    is_included_in_communication: bool = False
    attends_meetings: bool = False
    sends_personal_introduction: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreements:
    """The agreements given, to the texts in the submission's terms."""

    lead_is_informed: bool = False
    accepts_requirements: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Everything needed to create a lead.

    `terms` are those in force, whose texts were agreed to; `lines` may be empty if the source does
    not ask for them.
    """

    source: Source
    contact: Contact
    commission_type: CommissionType
    terms: CommissionTerms
    lines: tuple[Choice, ...] = ()
    involvement: Involvement = field(default_factory=Involvement)
    agreements: Agreements = field(default_factory=Agreements)

    def require_complete(self) -> None:
        """Raise Incomplete unless all is there that the source must provide."""
        missing = [name for name in REQUIRED[self.source] if not self._value(name)]
        if missing:
            raise Incomplete(self.source, missing)
        plans = {choice.plan.pk for choice in self.lines}
        if len(self.lines) > MAX_LINES or len(plans) < len(self.lines):
            raise InvalidLines(f"A lead has at most {MAX_LINES} lines, each with a different plan.")

    def _value(self, name: str) -> object:
        if name == "lines":
            return self.lines
        return getattr(self.agreements if BY_NAME[name].terms_text else self.contact, name)


class SubmissionError(ValueError):
    """The submission cannot become a lead; the message is for its author."""


class Incomplete(SubmissionError):
    """Required data is missing; `missing` names the fields."""

    def __init__(self, source: Source, missing: list[str]) -> None:
        super().__init__(f"{source.label}: missing {', '.join(missing)}.")
        self.missing = missing


class InvalidLines(SubmissionError):
    """Too many lines, or two lines with the same plan."""


# The constraints of `leads.models.Lead` require the same.
_CONTACT = ("company_name", "domain", "first_name", "last_name", "contact_email")
REQUIRED: dict[Source, tuple[str, ...]] = {
    Source.FORM: (
        *_CONTACT,
        *("region", "employees", "lines", "lead_is_informed", "accepts_requirements"),
    ),
    # What the vendor's documented call requires, beside the commission type
    Source.API: (*_CONTACT, "accepts_requirements"),
    Source.IMPORT: _CONTACT,
}


class DraftChanged(Exception):
    """The draft was changed, submitted or discarded after this submission read it."""


def submit_lead(
    submission: Submission,
    *,
    partner: Partner,
    author: User,
    at: datetime,
    draft: Draft | None = None,
) -> Lead:
    """Create the lead of this submission and return it.

    `draft`, if there is one, must be unchanged since this submission read it. One transaction: the
    lead, its lines, its first event, the counter, both emails and the end of the draft are
    committed together or not at all. Raises SubmissionError if the submission lacks something or
    the partner is suspended, and DraftChanged.
    """
    submission.require_complete()
    if partner.is_suspended:
        raise SubmissionError(f"{partner} is suspended and cannot submit leads.")
    day = timezone.localdate(at)
    # SQLite has one writer at a time, so as much as possible happens before the transaction. A plan
    # withdrawn in between was still offered when the lead was submitted.
    estimate = deal.estimate(submission.lines, submission.terms, day)
    for attempt in range(1, REFERENCE_ATTEMPTS + 1):
        lead = _lead(submission, estimate, partner, author, at)
        mails = emails.submitted(lead)
        try:
            with transaction.atomic():
                lead.save(force_insert=True)
                if draft and not Draft.objects.end(draft, lead):
                    raise DraftChanged
                DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, submission.lines, estimate)
                LeadCount.objects.add({(lead.partner_id, lead.status): 1})
                LeadEvent.objects.create(
                    lead=lead,
                    number=1,
                    kind=LeadEvent.Kind.SUBMITTED,
                    to_status=lead.status,
                    at=at,
                    actor=author,
                )
                outbox.queue(mails, shown_with=emails.SHOWN_WITH)
            break
        except IntegrityError:
            is_taken = Lead.objects.filter(reference=lead.reference).exists()
            if not is_taken or attempt == REFERENCE_ATTEMPTS:
                raise
    return lead


def _lead(
    submission: Submission, estimate: Estimate, partner: Partner, author: User, at: datetime
) -> Lead:
    """Return the unsaved lead, with a new reference."""
    day = timezone.localdate(at)
    terms, agreements, type_ = submission.terms, submission.agreements, submission.commission_type
    agents = deal.total_agents(estimate.lines)
    is_priced = any(line.is_priced for line in estimate.lines)
    is_known = is_priced or (estimate.lines and type_ is CommissionType.FLAT_FEE)
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
        commission_type=type_,
        agents=agents,
        meets_criteria=deal.meets_criteria(agents, submission.contact.employees, terms),
        annual_value=estimate.annual_value if is_priced else None,
        estimated_commission=estimate.commission(type_) if is_known else None,
        estimate=explanation.freeze(estimate, type_) if estimate.lines else "",
        estimate_is_complete=estimate.is_complete,
        **asdict(submission.contact),
        **asdict(submission.involvement),
    )
    lead.refresh_search_text()
    return lead
