"""A lead's facts as people read them: in the summary, on its pages, in its history and in mail."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.text import capfirst

from leadportal.money import usd
from leads.fields import BY_NAME, FIELDS, Field, Page
from leads.models import EventText, Lead, LeadEvent

Correction = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: its label and its value in words.

    `name` is that of its field, the first where several share the row; `page` is where the form
    asks for it. `text` is what was agreed to, where the row is an agreement.
    """

    name: str
    label: str
    value: str
    page: Page
    is_long: bool
    text: str = ""


def facts(source: object, *pages: Page) -> list[Fact]:
    """Return the rows of these pages for a lead, or for anything else with its attributes.

    Fields of one label share a row. A row without a value is among them; its value is empty.
    """
    fields = [field for field in FIELDS if field.page in pages]
    return [_fact(source, list(group)) for _, group in groupby(fields, attrgetter("label"))]


def _fact(source: object, fields: list[Field]) -> Fact:
    first, *others = fields
    values = [field.shown(field.value_of(source)) for field in fields]
    text = first.terms_text(source.terms) if first.terms_text and isinstance(source, Lead) else ""
    return Fact(
        name=first.name,
        label=first.label,
        value=capfirst(", ".join(filter(None, values))) if others else values[0],
        page=first.page,
        is_long=first.is_long,
        text=text,
    )


def history(lead: Lead) -> list[tuple[LeadEvent, list[Correction]]]:
    """Return the lead's events, newest first, each with the fields that it corrected, in words."""
    events = lead.events.select_related("actor", "text").order_by("-number")
    return [(event, corrections(getattr(event, "text", None))) for event in events]


def corrections(text: EventText | None) -> list[Correction]:
    """Return the label of each field that an event corrected, with its old and its new value.

    A field that the form no longer has is called by its name.
    """
    changes = text.changes if text else {}
    return [
        (field.label, field.shown(old), field.shown(new)) if field else (name, old, new)
        for name, (old, new) in changes.items()
        for field in [BY_NAME.get(name)]
    ]


def triage_facts(lead: Lead) -> list[tuple[str, str]]:
    """Return the facts of a new lead for the email to sales: each label with its value in words."""
    value = "priced per deal" if lead.annual_value is None else usd(lead.annual_value)
    return [
        ("Reference", lead.reference),
        ("Company", f"{lead.company_name}, {lead.domain}"),
        ("Contact", ", ".join(filter(None, (lead.contact_name, lead.job_title)))),
        ("Employees", lead.get_employees_display() or "not known"),
        ("Agents", str(lead.agents)),
        ("Annual value", value),
        ("Meets the criteria", "yes" if lead.meets_criteria else "no"),
        ("Decision promised by", due(lead)),
    ]


def due(lead: Lead) -> str:
    """Return the day by which a decision is promised: `Friday, 27 November 2026`."""
    return date_format(lead.decision_due, "l, j F Y")
