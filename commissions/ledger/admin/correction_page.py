"""What the page of a correction holds: the right lines, what they come to, what is told."""

from decimal import Decimal
from functools import cached_property

from commissions import explanation
from commissions.calculator import Estimate
from commissions.catalog.final_lines import (
    BaseFinalLineFormSet,
    FinalLineForm,
    final_lines,
    typed_lines,
)
from commissions.catalog.lines import PREFIX, Answers
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.ledger import amendments
from commissions.ledger.admin.told import Told, told
from commissions.ledger.errors import EntryRefused
from commissions.ledger.forms import ReasonForm
from commissions.ledger.models import LedgerEntry

Kind = LedgerEntry.Kind


class CorrectionPage:
    """The right lines of one entry over what was typed so far. Reads, never writes.

    `typed` is None where nothing was posted yet: the page then holds the lines as they were
    credited. With `is_checked` False nothing is called wrong.
    """

    def __init__(
        self, entry: LedgerEntry, typed: Answers | None = None, *, is_checked: bool = False
    ) -> None:
        self.entry = entry
        self.basis = amendments.basis_of(entry)
        self.plans = list(Plan.objects.select_related("product"))
        self.answers = as_credited(self.basis.estimate, self.plans) if typed is None else typed
        self.is_checked = is_checked
        self.form = ReasonForm(self.answers) if is_checked else ReasonForm(initial=self.answers)

    @cached_property
    def checked_lines(self) -> BaseFinalLineFormSet:
        """The lines, checked: their errors, and the estimate of those that are whole."""
        lines = self._lines(is_bound=True)
        lines.is_valid()
        return lines

    @cached_property
    def lines(self) -> BaseFinalLineFormSet:
        """The lines as the page shows them."""
        return self.checked_lines if self.is_checked else self._lines(is_bound=False)

    @cached_property
    def rows(self) -> list[tuple[FinalLineForm, str]]:
        """Each line's form with how its annual value comes about."""
        words = [form.words for form in self.checked_lines.forms]
        return list(zip(self.lines.forms, words, strict=True))

    @cached_property
    def unknown_plans(self) -> list[str]:
        """The plans of the entry that the catalogue has under no such name any more."""
        known = {str(plan) for plan in self.plans}
        return [line.plan for line in self.basis.estimate.lines if line.plan not in known]

    def is_valid(self) -> bool:
        """Return whether the correction could be posted as typed."""
        return self.lines.is_valid() and self.form.is_valid()

    @cached_property
    def estimate(self) -> Estimate | None:
        """What the lines come to; None where something is missing or where nothing differs."""
        return self.checked_lines.estimate if not self.missing else None

    @property
    def amount(self) -> Decimal | None:
        """The right commission, US dollars."""
        estimate = self.estimate
        return None if estimate is None else estimate.commission(self.basis.commission_type)

    @property
    def words(self) -> str:
        """How the right commission comes about."""
        return self.estimate.words(self.basis.commission_type) if self.estimate else ""

    @property
    def difference(self) -> Decimal | None:
        """By how much the right commission differs from the entry's amount, US dollars."""
        return None if self.amount is None else self.amount - self.entry.amount

    @cached_property
    def missing(self) -> list[str]:
        """What keeps the lines from being reckoned, or from being a correction."""
        lines = self.checked_lines
        errors = [
            f"Line {number}: {error}"
            for number, form in enumerate(lines.forms, start=1)
            for of_field in form.errors.values()
            for error in of_field
        ]
        problems = [*errors, *map(str, lines.non_form_errors())]
        if not problems:
            try:
                amendments.require_different(self.entry, self.basis, lines.estimate)
            except EntryRefused as error:
                problems.append(str(error))
        return problems

    @cached_property
    def told(self) -> Told | None:
        """The mail and the balance as they stand; None until the lines are whole."""
        if self.estimate is None or self.amount is None:
            return None
        correction = LedgerEntry(
            account=self.entry.account,
            kind=Kind.CORRECTION,
            amount=self.amount,
            reference=self.entry.reference,
            refers_to=self.entry,
            explanation=explanation.freeze(self.estimate, self.basis.commission_type),
        )
        is_reversed = self.entry.referred_by.filter(kind=Kind.REVERSAL).exists()
        change = self.amount if is_reversed else self.amount - self.entry.amount
        return told(correction, self.answers.get("reason", ""), change)

    def choices(self) -> list[Choice]:
        """Return the lines of a valid page."""
        return self.lines.lines()

    def _lines(self, *, is_bound: bool) -> BaseFinalLineFormSet:
        return final_lines(
            typed_lines(self.answers),
            self.plans,
            terms=self.basis.estimate.terms,
            commission_type=self.basis.commission_type,
            day=self.basis.day,
            is_bound=is_bound,
        )


def as_credited(estimate: Estimate, plans: list[Plan]) -> Answers:
    """Return the answers that say the deal was as it was credited; a renamed plan is left open."""
    ids = {str(plan): plan.pk for plan in plans}
    answers: Answers = {}
    for index, line in enumerate(estimate.lines):
        is_agreed = line.price_from is None and line.agreed_annual is None
        values = {
            "plan": ids.get(line.plan),
            "agents": line.agents,
            "billing_cycle": line.billing_cycle,
            "agreed_price": line.monthly_price if is_agreed else None,
            "agreed_annual": line.agreed_annual,
        }
        for name, value in values.items():
            answers[f"{PREFIX}-{index}-{name}"] = "" if value is None else str(value)
    return answers
