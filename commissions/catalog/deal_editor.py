"""Editing the final lines of a deal, in a win and in a correction."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms

from commissions.calculator import Estimate, Terms
from commissions.catalog.final_lines import (
    BaseFinalLineFormSet,
    FinalLineForm,
    final_lines,
    typed_lines,
)
from commissions.catalog.lines import MAX_LINES, PREFIX, Answers, changed_lines
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice, Listed, listed_on, small_deal_warning
from commissions.catalog.signing_form import SigningForm
from commissions.explanation import Signing, freeze_credit
from leadportal.money import usd


class DealEditor:
    """A deal as typed so far, priced as of the day it was signed; reads, never writes.

    `answers` maps the fields to what was typed. `plans` are all plans, because one that is no
    longer offered may have been sold. Errors are shown only if `is_checked`. Under `terms` the
    partner earns `commission`, by `commission_type`, which can be changed if `has_type`. The
    signing date is between `earliest` and the day the deal is credited, `credited_on`.
    """

    max_lines = MAX_LINES

    def __init__(
        self,
        answers: Answers,
        plans: Sequence[Plan],
        *,
        terms: Terms,
        commission_type: str,
        credited_on: date,
        signed_on: date | None = None,
        earliest: date | None = None,
        has_type: bool = False,
        is_checked: bool,
    ) -> None:
        signed_on = signed_on or credited_on
        # What is not posted, a part of the form that was not shown, is as it was.
        initial = {"signed_on": signed_on.isoformat(), "commission_type": str(commission_type)}
        self.answers = initial | answers
        self.plans = plans
        self.terms = terms
        self.credited_on = credited_on
        self.earliest = earliest
        self.has_type = has_type
        self.is_checked = is_checked
        self._checked_signing = self._signing_form(is_bound=True)
        typed = self._checked_signing.cleaned_data
        self.day: date = typed.get("signed_on", signed_on)
        self.zero_reason: str = typed.get("zero_reason", "")
        self.commission_type: str = typed.get("commission_type", commission_type)

    @cached_property
    def signing_form(self) -> SigningForm:
        """The form about the deal, as the page shows it."""
        if not self.is_checked:
            return self._signing_form(is_bound=False)
        form = self._checked_signing
        if self.checked_lines.reason_needed and "zero_reason" not in form.errors:
            form.add_error("zero_reason", self.checked_lines.reason_needed)
        return form

    @property
    def signing(self) -> Signing:
        """When the deal was signed and is credited, and why at $0.00."""
        return Signing(self.day, self.credited_on, self.zero_reason)

    @property
    def asks_reason(self) -> bool:
        """Whether a reason for paying at $0.00 is required, or given."""
        return bool(self.checked_lines.reason_needed or self.zero_reason)

    @cached_property
    def listed(self) -> Listed:
        """The day's list prices of all plans."""
        return listed_on(self.day)

    @cached_property
    def checked_lines(self) -> BaseFinalLineFormSet:
        """The lines after validation: their errors, and the estimate of the complete ones."""
        lines = self._lines(is_bound=True)
        lines.is_valid()
        return lines

    @cached_property
    def lines(self) -> BaseFinalLineFormSet:
        """The lines as the page shows them."""
        return self.checked_lines if self.is_checked else self._lines(is_bound=False)

    @cached_property
    def rows(self) -> list[tuple[FinalLineForm, str]]:
        """Each line's form, and how its annual value is computed."""
        words = [form.words for form in self.checked_lines.forms]
        return list(zip(self.lines.forms, words, strict=True))

    @cached_property
    def problems(self) -> list[str]:
        """Why the commission cannot be computed yet, in words."""
        lines = self.checked_lines
        errors = [
            f"Line {number}: {error}"
            for number, form in enumerate(lines.forms, start=1)
            for of_field in form.errors.values()
            for error in of_field
        ]
        errors += map(str, lines.non_form_errors())
        signing = self._checked_signing.errors.values()
        errors += [str(error) for of_field in signing for error in of_field]
        if lines.reason_needed and lines.reason_needed not in errors:
            errors.append(lines.reason_needed)
        return errors

    @property
    def estimate(self) -> Estimate | None:
        """What the lines are worth, None while there are problems."""
        return None if self.problems else self.checked_lines.estimate

    @property
    def commission(self) -> Decimal | None:
        """The partner's commission in US dollars."""
        estimate = self.estimate
        return None if estimate is None else estimate.commission(self.commission_type)

    @property
    def commission_words(self) -> str:
        """How the commission is computed."""
        estimate = self.estimate
        return "" if estimate is None else estimate.words(self.commission_type)

    @property
    def warning(self) -> str:
        """A warning where the commission is more than the deal is worth."""
        estimate = self.estimate
        return "" if estimate is None else small_deal_warning(estimate, self.commission_type)

    @property
    def available_on(self) -> date:
        """The day from which the commission is available."""
        return self.credited_on + timedelta(days=self.terms.holding_days)

    @property
    def commission_notice(self) -> str:
        """The notice that the commission differs from the one the page showed before."""
        return f"The commission is {usd(self.commission or Decimal(0))}: {self.commission_words}."

    @property
    def frozen(self) -> str:
        """The explanation of the credit as typed, "" while there are problems."""
        estimate = self.estimate
        if estimate is None:
            return ""
        return freeze_credit(estimate, self.commission_type, self.signing)

    @property
    def forms(self) -> list[forms.BaseForm | BaseFinalLineFormSet]:
        """All forms whose errors the page lists, in order."""
        return [self.signing_form, self.lines]

    def is_valid(self) -> bool:
        """Return whether the deal as shown has no error."""
        return all(form.is_valid() for form in self.forms)

    def choices(self) -> list[Choice]:
        """Return the lines of a valid deal."""
        return self.lines.lines()

    def _signing_form(self, *, is_bound: bool) -> SigningForm:
        limits: Any = {
            "earliest": self.earliest,
            "latest": self.credited_on,
            "has_type": self.has_type,
        }
        if not is_bound:
            return SigningForm(initial=self.answers, **limits)
        form = SigningForm(self.answers, **limits)
        form.full_clean()
        return form

    def _lines(self, *, is_bound: bool) -> BaseFinalLineFormSet:
        return final_lines(
            typed_lines(self.answers),
            self.plans,
            self.listed,
            terms=self.terms,
            commission_type=self.commission_type,
            day=self.day,
            zero_reason=self.zero_reason,
            is_bound=is_bound,
        )


def typed_answers(data: Mapping[str, str]) -> Answers:
    """Return what was typed on a page with a deal, with a line added or removed as `do` says."""
    # Only the form's own line fields: a forged one could have any index.
    others = {name: value for name, value in data.items() if not name.startswith(PREFIX)}
    return changed_lines(others | typed_lines(data), data.get("do", ""))
