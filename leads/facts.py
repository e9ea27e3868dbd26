"""A lead's facts in words: for the summary, the lead's pages, its history and emails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby, zip_longest
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.text import capfirst

from commissions.ledger.credits import CurrentCredit, entries_of
from commissions.ledger.models import LedgerEntry
from leadportal.money import usd
from leads.fields import BY_NAME, FIELDS, Field, Page
from leads.models import EventText, Lead, LeadEvent
from leads.status import Status

Correction = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: its label and its value in words.

    `name` is that of its field, the first where several share the row; `page` is where the form
    asks for it. `text` is what was agreed to, where the row is an agreement; `url` is what the
    value links to.
    """

    name: str
    label: str
    value: str
    page: Page
    is_long: bool
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a lead's timeline: an event, with the fields that it corrected in words, or the
    entry by which finance have reversed or corrected the credit.
    """

    at: datetime
    event: LeadEvent | None = None
    corrections: list[Correction] = field(default_factory=list)
    entry: LedgerEntry | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a lead, newest first, and all that was posted for it, oldest first."""

    steps: list[Step]
    entries: list[LedgerEntry]

    @property
    def total(self) -> Decimal:
        """The sum of the entries, in US dollars."""
        return sum((entry.amount for entry in self.entries), Decimal("0.00"))

    @property
    def reason(self) -> str:
        """The code of the latest decision's reason, "" where it has none."""
        events = (step.event for step in self.steps if step.event)
        return next((event.reason for event in events if event.kind == LeadEvent.Kind.MOVED), "")


def facts(source: object, *pages: Page) -> list[Fact]:
    """Return the rows of these pages for a lead, or for anything else with its attributes.

    Fields of one label share a row. A row without a value is among them; its value is empty.
    """
    fields = [one for one in FIELDS if one.page in pages]
    return [_fact(source, list(group)) for _, group in groupby(fields, attrgetter("label"))]


def _fact(source: object, fields: list[Field]) -> Fact:
    first, *others = fields
    values = [one.shown(one.value_of(source)) for one in fields]
    text = first.terms_text(source.terms) if first.terms_text and isinstance(source, Lead) else ""
    return Fact(
        name=first.name,
        label=first.label,
        value=capfirst(", ".join(filter(None, values))) if others else values[0],
        page=first.page,
        is_long=first.is_long,
        text=text,
        url=first.url(first.value_of(source)) if first.url and values[0] else "",
    )


def history(lead: Lead) -> History:
    """Return what happened to the lead. One query, and one more if it was ever won."""
    happened = lead.events.select_related("actor", "text", "approval__decided_by")
    events = list(happened.order_by("-number"))
    entries: list[LedgerEntry] = []
    if any(event.to_status == Status.WON for event in events):
        entries = list(
            entries_of([lead.reference]).select_related("posted_by", "approval__decided_by")
        )
    lead.current_credit = CurrentCredit.of(entries) if lead.credit_id else None
    steps = [Step(event.at, event, corrections(getattr(event, "text", None))) for event in events]
    steps += [Step(entry.posted_at, entry=entry) for entry in _changes(entries)]
    steps.sort(key=attrgetter("at"), reverse=True)
    return History(steps, entries)


def _changes(entries: list[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Yield the entries that changed a credit, except the reversal that is part of a correction."""
    by_id = {entry.pk: entry for entry in entries}
    for entry, following in zip_longest(entries, entries[1:]):
        if entry.refers_to_id is None:
            continue
        entry.refers_to = by_id.get(entry.refers_to_id)
        is_half = (
            following is not None
            and following.kind == LedgerEntry.Kind.CORRECTION
            and following.number == entry.number + 1
            and following.reason == entry.reason
        )
        if not is_half:
            yield entry


def corrections(text: EventText | None) -> list[Correction]:
    """Return the label of each field that an event corrected, with its old and its new value.

    A field that the form no longer has is called by its name.
    """
    changes = text.changes if text else {}
    return [
        (known.label, known.shown(old), known.shown(new)) if known else (name, old, new)
        for name, (old, new) in changes.items()
        for known in [BY_NAME.get(name)]
    ]


def triage_facts(lead: Lead) -> list[tuple[str, str]]:
    """Return the facts of a new lead for the email to sales: each label with its value in words."""
    value = "priced per deal" if lead.annual_value is None else usd(lead.annual_value)
    return [
        ("Reference", lead.reference),
        ("Company", f"{lead.company_name}, {lead.readable_domain}"),
        ("Contact", ", ".join(filter(None, (lead.contact_name, lead.job_title)))),
        ("Employees", lead.get_employees_display() or "not known"),
        ("Agents", str(lead.agents)),
        ("Annual value", value),
        ("Meets the criteria", "yes" if lead.meets_criteria else "no"),
        ("Decision promised by", due(lead)),
    ]


def due(lead: Lead) -> str:
    """Return the day by which a decision is promised: `Friday, 27 November 2026`."""
    return date_format(lead.decision_due, "l, j M Y")
