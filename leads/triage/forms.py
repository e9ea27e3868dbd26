"""Sales' forms of a decision: its words, and the final lines of a win."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from commissions.catalog import final_lines as forms_of_lines
from commissions.catalog.final_lines import BaseFinalLineFormSet, FinalLineForm, typed_lines
from commissions.catalog.lines import PREFIX, Answers
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from leads.decisions import Decision
from leads.models import Lead
from leads.status import REASONS

__all__ = [
    "BaseFinalLineFormSet",
    "DecisionForm",
    "FinalLineForm",
    "as_submitted",
    "final_lines",
    "typed_lines",
]


class DecisionForm(forms.Form):
    """Why, in a code where the status asks for one; what the partner reads; what staff read."""

    reason = forms.ChoiceField(
        label="Reason",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    message = forms.CharField(
        label="Message to the partner",
        help_text="The partner reads this in the mail and on the lead's page.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write a sentence that the partner will read."},
    )
    note = forms.CharField(
        label="Note for staff (optional)",
        help_text="The partner never sees this.",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    required_css_class = "required"

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.to = to
        if to in REASONS:
            choices = [(reason.value, reason.label) for reason in REASONS[to]]
            self.fields["reason"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["reason"]

    def decision(self, lines: Sequence[Choice] = ()) -> Decision:
        """Return the decision of a valid form, with the final lines of a win."""
        data = self.cleaned_data
        return Decision(
            to=self.to,
            message=data["message"],
            note=data["note"],
            reason=data.get("reason", ""),
            lines=lines,
        )


def final_lines(
    answers: Answers, plans: Sequence[Plan], lead: Lead, day: date, *, is_bound: bool
) -> BaseFinalLineFormSet:
    """Return the forms of a win's final lines, priced as of `day` under the lead's own terms."""
    return forms_of_lines.final_lines(
        answers,
        plans,
        terms=lead.terms.as_calculated(),
        commission_type=lead.commission_type,
        day=day,
        is_bound=is_bound,
    )


def as_submitted(lead: Lead) -> Answers:
    """Return the answers that say the deal was won just as it was sent, with what was agreed."""
    answers: Answers = {}
    for index, line in enumerate(lead.submitted_lines):
        agreed_price = line.monthly_price if line.price_from is None else None
        values = {
            "plan": line.plan_id,
            "agents": line.agents,
            "billing_cycle": line.billing_cycle,
            "agreed_price": None if line.agreed_annual is not None else agreed_price,
            "agreed_annual": line.agreed_annual,
        }
        for name, value in values.items():
            answers[f"{PREFIX}-{index}-{name}"] = "" if value is None else str(value)
    return answers
