"""The definition of a form field, and the form's pages."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django import forms

from commissions.catalog.terms import CommissionTerms

# The longest answer that is saved, in characters
LONGEST_ANSWER = 20_000


class Page(StrEnum):
    """A page of the form; the value is its part of the URL."""

    CONTACT = "contact"
    DEAL = "deal"
    AGREEMENTS = "agreements"

    @property
    def label(self) -> str:
        """The page's name."""
        return self.value.capitalize()

    @property
    def number(self) -> int:
        """The page's number, from 1."""
        return list(Page).index(self) + 1

    @property
    def total(self) -> int:
        """The number of pages."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form, and how its value is shown.

    `name` is the control's name and, unless `attribute` names another, the lead's attribute.
    `label` stands beside the value, and above the control unless that asks a `question`. Fields
    with the same label share a row where their values are shown. `control` makes the form field,
    which validates what is typed; `display` returns a stored value in words, `typed` as a person
    would type it; `url` returns what the shown value links to, such as a website. Fields with the
    same `row` are side by side on the page; `template` draws label and control if the usual
    template does not fit. `terms_text`, for an agreement, returns the text that is agreed to.
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
    url: Callable[[Any], str] | None = None
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
