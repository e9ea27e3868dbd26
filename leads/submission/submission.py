"""A lead as it is submitted, by whichever way: typed data, and what each source must provide."""

from dataclasses import dataclass, field

from commissions.calculator import CommissionType
from commissions.catalog.lines import MAX_LINES
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leads.fields import BY_NAME
from leads.models.lead import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who the lead is and whom to call: normalized, as the fields of `leads.fields` return it."""

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
    """The partner's part in the sale."""

    is_included_in_communication: bool = False
    attends_meetings: bool = False
    sends_personal_introduction: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreements:
    """What the author has agreed to, in the texts of the submission's terms."""

    lead_is_informed: bool = False
    accepts_requirements: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A lead to be: what its partner has said about it, and how it came in.

    `terms` are those in force, whose texts the agreements are about; `lines` may be none where the
    source does not ask for them.
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
            raise InvalidLines(f"A lead has at most {MAX_LINES} lines, each of another plan.")

    def _value(self, name: str) -> object:
        if name == "lines":
            return self.lines
        return getattr(self.agreements if BY_NAME[name].terms_text else self.contact, name)


class SubmissionError(ValueError):
    """A submission that cannot become a lead, in words for whoever sent it."""


class Incomplete(SubmissionError):
    """A submission without something that its source must provide; `missing` names it."""

    def __init__(self, source: Source, missing: list[str]) -> None:
        super().__init__(f"{source.label}: these are missing: {', '.join(missing)}.")
        self.missing = missing


class InvalidLines(SubmissionError):
    """More lines than a lead can have, or two lines of one plan."""


# The database asks for the same of every lead: see the constraints of `leads.models.Lead`.
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
