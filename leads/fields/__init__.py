"""The fields of the lead form, each defined once for every place where it appears.

The form's pages, the summary before submitting, the partner's and sales' pages of a lead, the
correction of a contact and the labels in a lead's history all derive from FIELDS. The lines of the
deal are a set of forms: `commissions.catalog.lines.LineForm` defines their fields.
"""

from collections.abc import Mapping
from functools import partial
from operator import attrgetter

from django import forms
from django.utils.html import format_html

from commissions.calculator import CommissionType
from commissions.catalog.lines import is_line_field
from leadportal.countries import name_of
from leadportal.domains import readable_domain, readable_email
from leadportal.ui.country_field import CountryField
from leadportal.ui.fields import DomainField
from leadportal.ui.formats import moment
from leadportal.ui.links import email_url, phone_url, site_url
from leads.fields import controls
from leads.fields.definition import LONGEST_ANSWER, Field, Page
from leads.models import Lead
from leads.models.lead import Employees

__all__ = ["AGREEMENTS", "BY_NAME", "CORRECTABLE", "FIELDS", "INVOLVEMENT", "NOT_INVOLVED", "Field"]
__all__ += ["LONGEST_ANSWER", "Page", "answers_in", "has_field", "on_page"]

_column = partial(controls.of_column, Lead)
_PHONE_HELP = "Add an extension at the end, such as ext. 12."
_CHANGED = "This text has changed since you agreed to it. Read it and check the box again."


_contact_field = partial(Field, page=Page.CONTACT)


def _involvement(name: str, question: str, words: str, attribute: str = "") -> Field:
    """Return a field for one kind of involvement; `words` describe it once chosen."""
    return Field(
        name=name,
        page=Page.AGREEMENTS,
        label="Involvement",
        question=question,
        attribute=attribute,
        control=partial(forms.BooleanField, required=False),
        display=lambda _: words,
        typed=lambda chosen: "on" if chosen else "",
    )


def _agreement(name: str, label: str, done: str, text: str, required: str) -> Field:
    """Return the field of an agreement, stored as the time when it was given."""
    return Field(
        name=name,
        page=Page.AGREEMENTS,
        label=label,
        attribute=f"{name}_at",
        control=partial(
            controls.AgreementField,
            error_messages={"required": required, "invalid_choice": _CHANGED},
        ),
        display=lambda at: format_html("{} {}", done, moment(at)),
        typed=lambda _: "",  # whoever submits a lead again agrees again
        terms_text=attrgetter(text),
    )


FIELDS: tuple[Field, ...] = (
    _contact_field(
        name="company_name",
        label="Company name",
        control=_column("company_name", error_messages={"required": "Enter the company's name."}),
        is_correctable=True,
    ),
    _contact_field(
        name="domain",
        label="Company domain",
        help_text="Paste the company's website or an email address at the company.",
        # Accepts any length here; the limit applies to the domain found in it.
        control=partial(
            DomainField,
            error_messages={"required": "Enter the company's domain, such as example.com."},
        ),
        display=readable_domain,
        typed=readable_domain,
        url=site_url,
        is_correctable=True,
        correction_help_text="Anything you paste is reduced to the registrable domain.",
    ),
    _contact_field(
        name="first_name",
        label="First name",
        control=_column(
            "first_name", error_messages={"required": "Enter the contact's first name."}
        ),
        row="name",
        is_correctable=True,
    ),
    _contact_field(
        name="last_name",
        label="Last name",
        control=_column("last_name", error_messages={"required": "Enter the contact's last name."}),
        row="name",
        is_correctable=True,
    ),
    _contact_field(
        name="contact_email",
        label="Work email",
        help_text="Sales will write to this address. Please double-check it.",
        control=_column(
            "contact_email",
            error_messages={"required": "Enter the contact's email address."},
        ),
        display=readable_email,
        typed=readable_email,
        template="leads/_field_with_warnings.html",
        url=email_url,
        is_correctable=True,
    ),
    _contact_field(
        name="job_title",
        label="Job title",
        control=_column("job_title"),
        is_correctable=True,
    ),
    _contact_field(
        name="region",
        label="Country",
        control=partial(
            CountryField,
            error_messages={"required": "Enter the country the company is in."},
        ),
        display=lambda code: name_of(str(code)),
        typed=lambda code: name_of(str(code)),
        is_correctable=True,
    ),
    _contact_field(
        name="phone_number",
        label="Phone number",
        help_text="Include the country code, or enter it as dialed in the country above. "
        + _PHONE_HELP,
        control=_column(
            "phone_number", widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
        ),
        display=lambda number: number.replace(";ext=", " ext. "),
        url=phone_url,
        is_correctable=True,
        correction_help_text="Include the country code, or enter it as dialed in the "
        "country above. " + _PHONE_HELP,
    ),
    _contact_field(
        name="employees",
        label="Employees",
        control=partial(
            forms.ChoiceField,
            choices=Employees.choices,
            widget=forms.RadioSelect,
            error_messages={"required": "Choose how many people the company employs."},
        ),
        display=lambda employees: dict(Employees.choices).get(employees, employees),
        is_correctable=True,
    ),
    _contact_field(
        name="description",
        label="Additional information",
        help_text="Anything that could help sales close the deal.",
        control=_column(
            "description",
            widget=forms.Textarea(attrs={"rows": 5}),
        ),
        is_long=True,
    ),
    Field(
        name="commission_type",
        page=Page.DEAL,
        label="Commission",
        question="How would you like to be paid?",
        control=partial(
            forms.ChoiceField,
            choices=CommissionType.choices(),
            widget=forms.RadioSelect,
            error_messages={"required": "Choose the fixed fee or the share."},
        ),
        display=lambda type_: CommissionType(type_).label,
    ),
    _involvement(
        "is_included_in_communication",
        "Include me in the email communication",
        "included in the email communication",
    ),
    _involvement(
        "attends_meetings", "I will be present at all meetings", "present at all meetings"
    ),
    _involvement(
        "sends_personal_introduction",
        "I will make a personal introduction",
        "makes a personal introduction",
    ),
    _involvement(
        "not_involved", "I don't want to be involved", "not involved", attribute="is_not_involved"
    ),
    _agreement(
        "lead_is_informed",
        "Lead is informed",
        "Confirmed",
        "lead_is_informed_text",
        "Check the box to confirm that the lead knows and agrees.",
    ),
    _agreement(
        "accepts_requirements",
        "Requirements",
        "Accepted",
        "requirements_text",
        "Check the box to accept the program's requirements.",
    ),
)

BY_NAME = {field.name: field for field in FIELDS}
CORRECTABLE = tuple(field.name for field in FIELDS if field.is_correctable)
AGREEMENTS = tuple(field for field in FIELDS if field.terms_text)
# The kinds of involvement; NOT_INVOLVED excludes them.
*INVOLVEMENT, NOT_INVOLVED = (field.name for field in FIELDS if field.label == "Involvement")


def on_page(page: Page) -> list[Field]:
    """Return the fields of a page in their order."""
    return [field for field in FIELDS if field.page is page]


def has_field(page: Page, name: str) -> bool:
    """Return whether this page has a field of this name."""
    field = BY_NAME.get(name)
    return field.page is page if field else page is Page.DEAL and is_line_field(name)


def answers_in(page: Page, posted: Mapping[str, str]) -> dict[str, str]:
    """Return the raw answers of this page, without empty ones."""
    return {
        # PostgreSQL's JSON cannot hold a NUL character, and nobody types one.
        name: value.replace("\x00", "")
        for name, value in posted.items()
        if value and has_field(page, name)
    }
