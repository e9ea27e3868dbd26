"""The fields of the form that submits a lead: each is defined once, for every place it appears in.

The form's pages, the summary before submitting, the partner's and sales' pages of a lead, the
correction of a contact and the labels in a lead's history all derive from FIELDS. The lines of the
deal are a set of forms: `commissions.catalog.lines.LineForm` defines their fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Any

from django import forms
from django.utils.html import format_html
from django_countries import countries

from commissions.calculator import CommissionType
from commissions.catalog.lines import is_line_field
from commissions.catalog.terms import CommissionTerms
from leadportal.domains import readable_domain
from leadportal.ui.formats import moment
from leads import controls
from leads.models import Lead
from leads.models.lead import Employees


class Page(StrEnum):
    """A page of the form by the word in its address."""

    CONTACT = "contact"
    DEAL = "deal"
    AGREEMENTS = "agreements"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def number(self) -> int:
        return list(Page).index(self) + 1

    @property
    def total(self) -> int:
        """How many pages the form has."""
        return len(Page)

    @property
    def following(self) -> "Page | None":
        """The page after this one, None after the last."""
        pages: list[Page | None] = [*Page, None]
        return pages[self.number]

    @property
    def preceding(self) -> "Page | None":
        """The page before this one, None before the first."""
        pages: list[Page | None] = [None, *Page]
        return pages[self.number - 1]

    def has_field(self, name: str) -> bool:
        """Return whether a field of this name stands on this page."""
        field = BY_NAME.get(name)
        return field.page is self if field else self is Page.DEAL and is_line_field(name)

    def answers_in(self, posted: Mapping[str, str]) -> dict[str, str]:
        """Return what was typed on this page, as it was typed. Empty fields are left out."""
        return {
            # PostgreSQL's JSON cannot hold a NUL, and no person types one.
            name: value.replace("\x00", "")
            for name, value in posted.items()
            if value and self.has_field(name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form, and how its value is shown.

    `name` is the control's name and, unless `attribute` names another, the lead's attribute.
    `label` stands beside the value, and above the control unless that asks a `question`. Fields of
    one label share a row where their values are shown. `control` makes the form's field, which
    validates what is typed; `display` returns a stored value in words, `typed` as a person would
    type it. Fields of one `row` stand side by side on the page; `template` draws
    label and control, where it is not that of every field. `terms_text`, of an agreement, returns the text that is agreed to.
    """

    name: str
    page: Page
    label: str
    control: Callable[..., forms.Field]
    question: str = ""
    help_text: str = ""
    attribute: str = ""
    display: Callable[[Any], str] = str
    typed: Callable[[Any], str] = str
    row: str = ""
    template: str = ""
    is_long: bool = False
    is_correctable: bool = False
    correction_help_text: str = ""
    terms_text: Callable[[CommissionTerms], str] | None = None

    def form_field(self) -> forms.Field:
        """Return a new control as a page of the form asks for it."""
        return self.control(label=self.question or self.label, help_text=self.help_text)

    def correction_field(self) -> forms.Field:
        """Return a new control as sales correct it."""
        return self.control(label=self.label, help_text=self.correction_help_text)

    def value_of(self, lead: object) -> Any:
        """Return the stored value of a lead, or of anything else with its attributes."""
        return getattr(lead, self.attribute or self.name)

    def shown(self, value: Any) -> str:
        """Return a stored value in words, nothing for an empty one."""
        return self.display(value) if value else ""


_column = partial(controls.of_column, Lead)
_PHONE_HELP = "An extension goes at the end, as ext. 12."
_CHANGED = "This text has changed since you ticked it. Read it and tick it again."


def _ticked(words: str) -> dict[str, Any]:
    """Return how a field of yes or no is shown where it is yes, and typed again."""
    return {"display": lambda _: words, "typed": lambda value: "on" if value else ""}


def _agreement(name: str, label: str, done: str, text: str, required: str) -> Field:
    """Return the field of an agreement, whose answer is stored as the time it was given."""
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


_INVOLVEMENT = {
    "page": Page.AGREEMENTS,
    "label": "Involvement",
    "control": partial(forms.BooleanField, required=False),
}

FIELDS: tuple[Field, ...] = (
    Field(
        name="company_name",
        page=Page.CONTACT,
        label="Company name",
        control=_column("company_name", error_messages={"required": "Enter the company's name."}),
        is_correctable=True,
    ),
    Field(
        name="domain",
        page=Page.CONTACT,
        label="Company domain",
        help_text="Paste any address of the company's website or mail.",
        # Whatever is pasted is accepted here; the length that counts is that of the domain in it.
        control=partial(
            controls.DomainField,
            error_messages={"required": "Enter the company's domain, such as example.com."},
        ),
        display=readable_domain,
        typed=readable_domain,
        is_correctable=True,
        correction_help_text="Whatever is pasted is reduced to the registrable domain.",
    ),
    Field(
        name="first_name",
        page=Page.CONTACT,
        label="First name",
        control=_column(
            "first_name", error_messages={"required": "Enter the contact's first name."}
        ),
        row="name",
        is_correctable=True,
    ),
    Field(
        name="last_name",
        page=Page.CONTACT,
        label="Last name",
        control=_column("last_name", error_messages={"required": "Enter the contact's last name."}),
        row="name",
        is_correctable=True,
    ),
    Field(
        name="contact_email",
        page=Page.CONTACT,
        label="Work email",
        help_text="Sales will write to this address. Please double-check it.",
        control=_column(
            "contact_email",
            form_class=controls.MailAddressField,
            error_messages={
                "required": "Enter the contact's email address.",
                "invalid": "Enter an email address in the form name@example.com.",
            },
        ),
        template="leads/_field_with_warnings.html",
        is_correctable=True,
    ),
    Field(
        name="job_title",
        page=Page.CONTACT,
        label="Job title",
        control=_column("job_title"),
        is_correctable=True,
    ),
    Field(
        name="region",
        page=Page.CONTACT,
        label="Country",
        control=partial(
            controls.CountryField,
            error_messages={"required": "Choose the country the company is in."},
        ),
        display=lambda code: countries.name(str(code)),
    ),
    Field(
        name="phone_number",
        page=Page.CONTACT,
        label="Phone number",
        help_text=f"With the country code, or as it is dialed in the country above. {_PHONE_HELP}",
        control=_column(
            "phone_number", widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
        ),
        display=lambda number: number.replace(";ext=", " ext. "),
        is_correctable=True,
        correction_help_text="With the country code, or as it is dialed in the lead's country. "
        + _PHONE_HELP,
    ),
    Field(
        name="employees",
        page=Page.CONTACT,
        label="Employees",
        control=partial(
            forms.ChoiceField,
            choices=Employees.choices,
            widget=forms.RadioSelect(attrs=controls.NOT_FILLED_IN),
            error_messages={"required": "Choose how many people the company employs."},
        ),
        display=lambda employees: dict(Employees.choices).get(employees, employees),
    ),
    Field(
        name="description",
        page=Page.CONTACT,
        label="Additional information",
        help_text="Anything that could help sales to close the deal.",
        control=_column(
            "description",
            form_class=controls.LinesField,
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
    Field(
        name="is_included_in_communication",
        question="Include me in the email communication",
        **_INVOLVEMENT | _ticked("included in the email communication"),
    ),
    Field(
        name="attends_meetings",
        question="I will be present at all meetings",
        **_INVOLVEMENT | _ticked("present at all meetings"),
    ),
    Field(
        name="sends_personal_introduction",
        question="I will make a personal introduction",
        **_INVOLVEMENT | _ticked("makes a personal introduction"),
    ),
    Field(
        name="not_involved",
        question="I don't want to be involved",
        attribute="is_not_involved",
        **_INVOLVEMENT | _ticked("not involved"),
    ),
    _agreement(
        "lead_is_informed",
        "Lead is informed",
        "Confirmed",
        "lead_is_informed_text",
        "Confirm that the lead knows and agrees, by ticking the box.",
    ),
    _agreement(
        "accepts_requirements",
        "Requirements",
        "Accepted",
        "requirements_text",
        "Accept the program's requirements, by ticking the box.",
    ),
)

BY_NAME = {field.name: field for field in FIELDS}
CORRECTABLE = tuple(field.name for field in FIELDS if field.is_correctable)
AGREEMENTS = tuple(field for field in FIELDS if field.terms_text)
# The ways of being involved; the field after them says that there is none.
*INVOLVEMENT, NOT_INVOLVED = (field.name for field in FIELDS if field.label == "Involvement")


def on_page(page: Page) -> list[Field]:
    """Return the fields of a page in their order."""
    return [field for field in FIELDS if field.page is page]
