"""What a lead's status tells its partner, in full sentences."""

from dataclasses import dataclass

from django.conf import settings

from leadportal.money import usd
from leads.facts import due
from leads.models import Lead
from leads.status import DEFINITIONS, Reason, Status


@dataclass(frozen=True, slots=True)
class StatusTexts:
    """What the status means, what comes next, and whether the lead may be submitted again."""

    meaning: str
    next_step: str
    can_resubmit: bool


def fill(text: str, lead: Lead) -> str:
    """Return a text of a status's definition with the lead's own company, dates and amounts."""
    return text.format(
        company=lead.company_name,
        reference=lead.reference,
        due=due(lead),
        amount=usd(lead.credit.amount) if lead.credit else "",
        partners_email=settings.PARTNERS_EMAIL,
    )


def status_texts(lead: Lead, reason: str) -> StatusTexts:
    """Return the texts of the lead's status; `reason` is the code of its decision, or ""."""
    definition = Status(lead.status).definition
    next_step = fill(definition.next_step, lead)
    if not reason:
        return StatusTexts(fill(definition.meaning, lead), next_step, can_resubmit=False)
    why = Reason(reason).definition
    return StatusTexts(
        fill(definition.meaning, lead), f"{next_step} {why.next_step}", why.can_resubmit
    )


def guide() -> list[tuple[Status, str]]:
    """Return every status with what it means for any lead, as the home page explains it."""
    words = {"amount": "the fixed fee or your share", "partners_email": settings.PARTNERS_EMAIL}
    return [
        (status, definition.meaning.format(**words)) for status, definition in DEFINITIONS.items()
    ]
