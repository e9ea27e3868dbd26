"""What the page of a move holds: its words, a win's final lines, what the partner will be told."""

from datetime import date
from decimal import Decimal
from functools import cached_property

from django.core.mail import EmailMultiAlternatives

from commissions.calculator import Estimate
from commissions.catalog.lines import Answers
from commissions.catalog.models import Plan
from leads.decisions import Decision
from leads.models import Lead
from leads.status import Status
from leads.triage.forms import (
    BaseFinalLineFormSet,
    DecisionForm,
    FinalLineForm,
    as_submitted,
    final_lines,
)
from leads.triage.move import Move, mail_preview


class DecisionPage:
    """One move over what was typed so far. Reads, never writes.

    `lead` is the lead of the page; of a move of many, one that stands as their example. `typed` is
    None where nothing was posted yet: the page then proposes a sentence, and of a win the lines as
    they were sent. With `is_checked` False nothing is called wrong.
    """

    def __init__(
        self, lead: Lead, move: Move, day: date, typed: Answers | None = None, *, is_checked: bool
    ) -> None:
        self.lead = lead
        self.move = move
        self.day = day
        proposed = {"message": move.message} | (as_submitted(lead) if self.is_win else {})
        self.answers = proposed if typed is None else typed
        self.is_checked = is_checked
        self.form = (
            DecisionForm(self.answers, to=move.to)
            if is_checked
            else DecisionForm(initial=self.answers, to=move.to)
        )

    @property
    def is_win(self) -> bool:
        return self.move.to == Status.WON

    @cached_property
    def checked_lines(self) -> BaseFinalLineFormSet:
        """The final lines, checked: their errors, and the estimate of those that are whole."""
        lines = final_lines(self.answers, self._plans, self.lead, self.day, is_bound=True)
        lines.is_valid()
        return lines

    @cached_property
    def lines(self) -> BaseFinalLineFormSet:
        """The final lines as the page shows them."""
        if self.is_checked:
            return self.checked_lines
        return final_lines(self.answers, self._plans, self.lead, self.day, is_bound=False)

    @cached_property
    def rows(self) -> list[tuple[FinalLineForm, str]]:
        """Each line's form with how its annual value comes about."""
        words = [form.words for form in self.checked_lines.forms]
        return list(zip(self.lines.forms, words, strict=True))

    @property
    def forms(self) -> list[DecisionForm | BaseFinalLineFormSet]:
        """Everything whose errors the page lists."""
        return [self.lines, self.form] if self.is_win else [self.form]

    def is_valid(self) -> bool:
        """Return whether the decision could be made as typed."""
        return all(form.is_valid() for form in self.forms)

    @property
    def estimate(self) -> Estimate | None:
        """What the final lines of a win come to; None where something is missing."""
        if self.is_win and self.checked_lines.is_valid():
            return self.checked_lines.estimate
        return None

    @property
    def commission(self) -> Decimal | None:
        """The commission of a win, US dollars."""
        estimate = self.estimate
        return None if estimate is None else estimate.commission(self.lead.commission_type)

    @property
    def commission_words(self) -> str:
        """How the commission of a win comes about."""
        estimate = self.estimate
        return "" if estimate is None else estimate.words(self.lead.commission_type)

    @property
    def missing(self) -> list[str]:
        """What keeps a win's lines from being reckoned."""
        lines = self.checked_lines
        errors = [
            f"Line {number}: {error}"
            for number, form in enumerate(lines.forms, start=1)
            for of_field in form.errors.values()
            for error in of_field
        ]
        return [*errors, *lines.non_form_errors()]

    @cached_property
    def mail(self) -> EmailMultiAlternatives | None:
        """The mail to the partner as it stands; None until a win's lines are whole."""
        if self.is_win and self.estimate is None:
            return None
        message, reason = self.answers.get("message", ""), self.answers.get("reason", "")
        return mail_preview(self.lead, self.move, message, reason, self.estimate)

    def decision(self) -> Decision:
        """Return the decision of a valid page."""
        return self.form.decision(self.lines.lines() if self.is_win else ())

    @cached_property
    def _plans(self) -> list[Plan]:
        return list(Plan.objects.select_related("product"))
