"""A lead's facts as people read them: on the summary before sending, the detail and in triage."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django_countries import countries

from leadportal.domains import readable_domain
from leadportal.money import usd
from leads.models import Lead
from leads.submission.pages import Page


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer: the field's database name, its label, its value in words, the page it is on."""

    name: str
    label: str
    value: str
    page: Page


def contact_facts(lead: Lead) -> list[Fact]:
    """Return who the lead is and whom to call, as page 1 asks it."""
    values = {
        "company_name": ("Company", lead.company_name),
        "domain": ("Company domain", readable_domain(lead.domain)),
        "first_name": ("First name", lead.first_name),
        "last_name": ("Last name", lead.last_name),
        "contact_email": ("Work email", lead.contact_email),
        "job_title": ("Job title", lead.job_title),
        "region": ("Country", countries.name(str(lead.region))),
        "phone_number": ("Phone number", lead.readable_phone_number),
        "employees": ("Employees", lead.get_employees_display()),
        "description": ("Additional information", lead.description),
    }
    return [Fact(name, label, value, Page.CONTACT) for name, (label, value) in values.items()]


def triage_facts(lead: Lead) -> list[tuple[str, str]]:
    """Return what sales are told of a new lead: each label with the value in words."""
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


def involvement(lead: Lead) -> str:
    """Return the partner's part in the sale, in words."""
    parts = [
        words
        for is_chosen, words in (
            (lead.is_included_in_communication, "included in the email communication"),
            (lead.attends_meetings, "present at all meetings"),
            (lead.sends_personal_introduction, "makes a personal introduction"),
        )
        if is_chosen
    ]
    return ", ".join(parts).capitalize() if parts else "Not involved"
