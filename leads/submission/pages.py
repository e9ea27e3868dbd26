"""The pages of the form over one draft's answers."""

from datetime import date
from functools import cached_property

from django import forms

from commissions.catalog.lines import BaseLineFormSet, named_plans
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice, Listed, listed_on, offers
from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import Partner
from leads import deal
from leads.deal import DealEstimate
from leads.fields import Page
from leads.models.lead import Source
from leads.submission.forms import AgreementsForm, CommissionForm, ContactForm, line_formset
from leads.submission.submit import Submission

Answers = dict[str, str]
PageForm = forms.BaseForm | BaseLineFormSet


class DealAnswers:
    """The typed lines of a deal, priced on a given day; reads, never writes.

    `offers_plans` says whether the lines are shown, with every plan to choose from.
    """

    def __init__(self, answers: Answers, day: date, *, offers_plans: bool) -> None:
        self.answers = answers
        self.day = day
        self.offers_plans = offers_plans

    @cached_property
    def plans(self) -> list[Plan]:
        """All plans, or those in the answers, including withdrawn ones that a draft still has."""
        if self.offers_plans:
            return list(Plan.objects.select_related("product"))
        return named_plans(self.answers)

    @cached_property
    def listed(self) -> Listed | None:
        """The day's list prices of all plans, None if the lines are not shown."""
        return listed_on(self.day) if self.offers_plans else None

    @property
    def offers(self) -> dict[int, str]:
        """What each plan on offer costs, in words, by the plan's key."""
        return offers(self.plans, self.listed or {}) if self.offers_plans else {}

    @cached_property
    def terms(self) -> CommissionTerms:
        """The terms in force on the day."""
        return CommissionTerms.objects.in_force(self.day)

    @cached_property
    def checked_lines(self) -> BaseLineFormSet:
        """Page 2's lines, bound to be validated."""
        return self._line_formset(is_bound=True)

    def lines(self, *, is_bound: bool) -> BaseLineFormSet:
        """Return page 2's lines."""
        if is_bound:
            return self.checked_lines
        return self._line_formset(is_bound=False)

    def _line_formset(self, *, is_bound: bool) -> BaseLineFormSet:
        return line_formset(self.answers, self.plans, self.offers, is_bound=is_bound)

    def estimate(self) -> DealEstimate:
        """Return the estimate for the complete lines."""
        forms_of_lines = self.checked_lines.forms
        complete = [form for form in forms_of_lines if form.has_changed() and form.is_valid()]
        choices = [Choice.of(form.cleaned_data) for form in complete]
        estimate = deal.estimate(choices, self.terms, self.day, self.listed)
        words = {
            id(form): f"{line.words} {form.note}".strip()
            for form, line in zip(complete, estimate.lines, strict=True)
        }
        return DealEstimate(
            line_words=[words.get(id(form), "") for form in forms_of_lines],
            estimate=estimate,
            warning=deal.size_warning(estimate, self.answers.get("employees", ""), self.terms),
        )


class Pages(DealAnswers):
    """A partner's answers, validated and priced on a given day; reads, never writes.

    `shown` is the page whose forms are shown, None if they are only validated.
    """

    def __init__(
        self, answers: Answers, partner: Partner, day: date, *, shown: Page | None = None
    ) -> None:
        super().__init__(answers, day, offers_plans=shown is Page.DEAL)
        self.partner = partner

    def to_show(self, page: Page) -> "Pages":
        """Return the same answers, loaded for showing `page`."""
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
        """Page 3's form, bound to be validated. A check under an older text does not count."""
        return AgreementsForm(self.answers, terms=self.terms)

    def forms(self, page: Page, *, is_bound: bool) -> dict[str, PageForm]:
        """Return the page's forms by their names in the template.

        Bound forms are validated; the others only show what was typed.
        """
        if page is Page.CONTACT:
            if is_bound:
                return {"form": self.checked_contact}
            return {"form": ContactForm(initial=self.answers, partner=self.partner)}
        if page is Page.DEAL:
            form = self.checked_commission if is_bound else CommissionForm(initial=self.answers)
            return {"lines": self.lines(is_bound=is_bound), "form": form}
        if is_bound:
            return {"form": self.checked_agreements}
        return {"form": AgreementsForm(initial=self.answers, terms=self.terms)}

    def is_complete(self, page: Page) -> bool:
        """Return whether every answer of the page would be accepted now."""
        if page is Page.CONTACT:
            return self.checked_contact.is_valid()
        if page is Page.DEAL:
            return self.checked_lines.is_valid() and self.checked_commission.is_valid()
        return self.checked_agreements.is_valid()

    def first_incomplete(self, *, before: Page | None = None) -> Page | None:
        """Return the first page with something missing, looking only at those before `before`."""
        pages = list(Page)[: before.number - 1] if before else list(Page)
        return next((page for page in pages if not self.is_complete(page)), None)

    @cached_property
    def deal_digest(self) -> str:
        """The digest of the deal as the last page shows it. Read it when all pages are complete."""
        return self.estimate().digest(self.checked_commission.choice())

    def submission(self) -> Submission:
        """Return the submission. Call it when all pages are complete."""
        return Submission(
            source=Source.FORM,
            contact=self.checked_contact.contact(),
            lines=tuple(self.checked_lines.lines()),
            commission_type=self.checked_commission.choice(),
            involvement=self.checked_agreements.involvement(),
            agreements=self.checked_agreements.agreements(),
            terms=self.terms,
        )
