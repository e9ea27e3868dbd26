"""The three pages of the form over one draft's answers."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property

from django import forms

from commissions.catalog.lines import MAX_LINES, PREFIX, BaseLineFormSet, LineForm, named_plans
from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import Partner
from leads import deal
from leads.deal import DealEstimate
from leads.submission.agreements import AgreementsForm
from leads.submission.contact import ContactForm
from leads.submission.deal import CommissionForm, line_formset

Answers = dict[str, str]
PageForm = forms.BaseForm | BaseLineFormSet

_LINE_FIELD = re.compile(rf"{PREFIX}-(0|[1-9][0-9]?)-({'|'.join(LineForm.base_fields)})")


class Page(StrEnum):
    """A page by the word in its address."""

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
        if self is Page.DEAL:
            line = _LINE_FIELD.fullmatch(name)
            return name in CommissionForm.base_fields or (
                line is not None and int(line[1]) <= MAX_LINES
            )
        form = ContactForm if self is Page.CONTACT else AgreementsForm
        return name in form.base_fields

    def answers_in(self, posted: Mapping[str, str]) -> Answers:
        """Return what was typed on this page, as it was typed. Empty fields are left out."""
        return {
            # PostgreSQL's JSON cannot hold a NUL, and no person types one.
            name: value.replace("\x00", "")
            for name, value in posted.items()
            if value and self.has_field(name)
        }


class DealAnswers:
    """What typed lines of a deal amount to on a given day; reads, never writes.

    `offers_plans` says whether the lines are to be shown, with every plan to choose from.
    """

    def __init__(self, answers: Answers, day: date, *, offers_plans: bool) -> None:
        self.answers = answers
        self.day = day
        self.offers_plans = offers_plans

    @cached_property
    def plans(self) -> list[Plan]:
        """Every plan, or those named, the withdrawn ones too: a draft may still name one."""
        if self.offers_plans:
            return list(Plan.objects.select_related("product"))
        return named_plans(self.answers)

    @cached_property
    def terms(self) -> CommissionTerms:
        return CommissionTerms.objects.in_force(self.day)

    @cached_property
    def checked_lines(self) -> BaseLineFormSet:
        """Page 2's lines, bound to be validated."""
        return line_formset(self.answers, self.plans, is_bound=True)

    def lines(self, *, is_bound: bool) -> BaseLineFormSet:
        """Return page 2's lines."""
        if is_bound:
            return self.checked_lines
        return line_formset(self.answers, self.plans, is_bound=False)

    def estimate(self) -> DealEstimate:
        """Return the sums of those lines that are whole so far, as the calculator has them."""
        forms_of_lines = self.checked_lines.forms
        whole = [form for form in forms_of_lines if form.has_changed() and form.is_valid()]
        estimate = deal.estimate([form.cleaned_data for form in whole], self.terms, self.day)
        words = dict(zip(map(id, whole), (line.words for line in estimate.lines), strict=True))
        return DealEstimate(
            line_words=[words.get(id(form), "") for form in forms_of_lines],
            estimate=estimate,
            warning=deal.size_warning(estimate, self.answers.get("employees", ""), self.terms),
        )


class Pages(DealAnswers):
    """What all of a partner's answers amount to on a given day; reads, never writes.

    `shown` is the page whose forms are to be shown, None where they are validated alone.
    """

    def __init__(
        self, answers: Answers, partner: Partner, day: date, *, shown: Page | None = None
    ) -> None:
        super().__init__(answers, day, offers_plans=shown is Page.DEAL)
        self.partner = partner

    def to_show(self, page: Page) -> "Pages":
        """Return the same answers with all that the page is shown with."""
        return Pages(self.answers, self.partner, self.day, shown=page)

    # A form that is bound is validated once, however often it is asked for.
    @cached_property
    def checked_contact(self) -> ContactForm:
        """Page 1's form, bound to be validated."""
        return ContactForm(self.answers, partner=self.partner)

    @cached_property
    def checked_commission(self) -> CommissionForm:
        """Page 2's choice of commission, bound to be validated."""
        return CommissionForm(self.answers)

    @cached_property
    def checked_agreements(self) -> AgreementsForm:
        """Page 3's form, bound to be validated. A tick under an older text is not a tick."""
        return AgreementsForm(self.answers, terms=self.terms)

    def forms(self, page: Page, *, is_bound: bool) -> dict[str, PageForm]:
        """Return the page's forms by the names its template knows them by.

        Bound they are to be validated, otherwise only to be shown as they were typed.
        """
        if page is Page.CONTACT:
            form: PageForm = (
                self.checked_contact
                if is_bound
                else ContactForm(initial=self.answers, partner=self.partner)
            )
        elif page is Page.DEAL:
            form = self.checked_commission if is_bound else CommissionForm(initial=self.answers)
            return {"lines": self.lines(is_bound=is_bound), "form": form}
        else:
            form = (
                self.checked_agreements
                if is_bound
                else AgreementsForm(initial=self.answers, terms=self.terms)
            )
        return {"form": form}

    def is_finished(self, page: Page) -> bool:
        """Return whether every answer of the page would be accepted now."""
        return all(form.is_valid() for form in self.forms(page, is_bound=True).values())

    def first_unfinished(self, *, before: Page | None = None) -> Page | None:
        """Return the first page with something missing, looking only at those before `before`."""
        for page in Page:
            if page is before:
                break
            if not self.is_finished(page):
                return page
        return None
