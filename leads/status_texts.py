"""What partners read about a lead's status, in full sentences."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commissions.ledger.credits import CurrentCredit
from leadportal.money import usd
from leads.facts import due
from leads.models import Lead
from leads.status import DEFINITIONS, REVERSED, Reason, Status


@dataclass(frozen=True, slots=True)
class StatusTexts:
    """What the status means, what comes next, and whether the lead may be submitted again."""

    meaning: SafeString
    next_step: str
    can_resubmit: bool


def fill(text: str, lead: Lead, **words: str) -> str:
    """Return a text of a status's definition with the lead's own company, dates and amounts.

    `words` replace some of them, such as the company where it is to be marked.
    """
    return text.format(**_words(lead) | words)


def status_texts(lead: Lead, reason: str) -> StatusTexts:
    """Return the texts of the lead's status; `reason` is the code of its decision, or ""."""
    definition = Status(lead.status).definition
    mailto = format_html(
        '<a href="mailto:{0}?subject={1}">{0}</a>', settings.PARTNERS_EMAIL, lead.reference
    )
    if lead.current_credit and lead.current_credit.reversal:
        definition = REVERSED
    meaning = format_html(definition.meaning, **{**_words(lead), "partners_email": mailto})
    next_step = fill(definition.next_step, lead)
    if not reason:
        return StatusTexts(meaning, next_step, can_resubmit=False)
    why = Reason(reason).definition
    return StatusTexts(meaning, f"{next_step} {why.next_step}", why.can_resubmit)


def guide() -> list[tuple[Status, str]]:
    """Return every status with what it means for any lead, as the home page explains it."""
    words = {
        "credited": "Your account has been credited with the fixed fee or your share.",
        "partners_email": settings.PARTNERS_EMAIL,
    }
    return [
        (status, definition.meaning.format(**words)) for status, definition in DEFINITIONS.items()
    ]


def _words(lead: Lead) -> dict[str, str]:
    credit = lead.current_credit
    return {
        "company": lead.company_name,
        "reference": lead.reference,
        "due": due(lead),
        "amount": usd(credit.amount) if credit else "",
        "credited": _credited(credit) if credit else "",
        "reversed": credit.state if credit else "",
        "partners_email": settings.PARTNERS_EMAIL,
    }


def _credited(credit: CurrentCredit) -> str:
    if credit.is_corrected:
        return f"Your commission was {credit.state}: it is {usd(credit.amount)}."
    return f"Your account has been credited with {usd(credit.amount)}."
