"""Editing the final lines of a deal, in a win and in a correction."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from commissions.calculator import Estimate, Terms
from commissions.catalog.final_lines import (
    BaseFinalLineFormSet,
    FinalLineForm,
    final_lines,
    typed_lines,
)
from commissions.catalog.lines import MAX_LINES, PREFIX, Answers, changed_lines
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice, Listed, listed_on


class DealEditor:
    """The lines as typed so far, priced as of `day`; reads, never writes.

    `answers` maps the fields of the lines to what was typed; `plans` are all plans, because one
    that is no longer offered may have been sold, too. Unless `is_checked`, no error is
    shown. A partner paid by `commission_type` under `terms` earns `commission`.
    """

    max_lines = MAX_LINES

    def __init__(
        self,
        answers: Answers,
        plans: Sequence[Plan],
        *,
        terms: Terms,
        commission_type: str,
        day: date,
        is_checked: bool,
    ) -> None:
        self.answers = answers
        self.plans = plans
        self.terms = terms
        self.commission_type = commission_type
        self.day = day
        self.is_checked = is_checked

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
        """Why the commission cannot be computed yet."""
        lines = self.checked_lines
        errors = [
            f"Line {number}: {error}"
            for number, form in enumerate(lines.forms, start=1)
            for of_field in form.errors.values()
            for error in of_field
        ]
        return [*errors, *map(str, lines.non_form_errors())]

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

    def is_valid(self) -> bool:
        """Return whether the lines as shown have no error."""
        return self.lines.is_valid()

    def choices(self) -> list[Choice]:
        """Return the lines of a valid deal."""
        return self.lines.lines()

    def _lines(self, *, is_bound: bool) -> BaseFinalLineFormSet:
        return final_lines(
            typed_lines(self.answers),
            self.plans,
            self.listed,
            terms=self.terms,
            commission_type=self.commission_type,
            day=self.day,
            is_bound=is_bound,
        )


def posted_answers(posted: Mapping[str, str]) -> Answers:
    """Return what was typed on a page with a deal, with a line added or removed if `do` asks."""
    # Only the form's own line fields: a forged one could have any index.
    others = {name: value for name, value in posted.items() if not name.startswith(PREFIX)}
    return changed_lines(others | typed_lines(posted), posted.get("do", ""))
