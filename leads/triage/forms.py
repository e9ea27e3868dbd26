"""The form of a decision."""

from collections.abc import Mapping
from typing import Any

from django import forms

from commissions.catalog.lines import PREFIX, Answers
from leadportal.ui.lines_field import LinesField
from leads.decisions import Decision
from leads.models import Lead, PendingWinText
from leads.status import REASONS, Reason

WRITE_A_MESSAGE = "Write a message to the partner."


def staff_note() -> LinesField:
    """Return a new field for the note that goes with a decision."""
    return LinesField(
        label="Note for staff (optional)",
        help_text="The partner never sees this.",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DecisionForm(forms.Form):
    """The reason, if the status requires one, a message to the partner and a note for staff."""

    reason = forms.ChoiceField(
        label="Reason",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    message = LinesField(
        label="Message to the partner",
        help_text="The partner reads this in the email and on the lead's page.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": WRITE_A_MESSAGE},
    )
    note = staff_note()

    required_css_class = "required"

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.to = to
        if to in REASONS:
            choices = [(reason.value, reason.label) for reason in REASONS[to]]
            self.fields["reason"].choices = choices  # type: ignore[attr-defined]
            self.fields["message"].required = False
            self.fields["message"].help_text = (
                "The partner reads this in the email and on the lead's page. Leave it empty to "
                "send the usual text for the reason."
            )
        else:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Use the reason's own message where none was written."""
        data = self.cleaned_data
        if data.get("reason") and data.get("message") == "":
            data["message"] = Reason(data["reason"]).definition.message
            if not data["message"]:
                self.add_error("message", WRITE_A_MESSAGE)
        return data

    def decision(self) -> Decision:
        """Return the decision of a valid form; the final lines of a win come from another form."""
        data = self.cleaned_data
        return Decision(
            to=self.to,
            message=data["message"],
            note=data["note"],
            reason=data.get("reason", ""),
        )


def as_submitted(lead: Lead) -> Answers:
    """Return what is typed for a deal that was won as submitted, with the agreed prices."""
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
        answers |= _line(index, values)
    return answers


def as_requested(text: PendingWinText) -> Answers:
    """Return what was typed for a win that was requested and is not posted."""
    requested = text.approval.data
    answers: Answers = {
        "message": text.message,
        "note": text.note,
        "signed_on": requested["signed_on"],
        "zero_reason": requested["zero_reason"],
    }
    for index, line in enumerate(requested["lines"]):
        answers |= _line(index, line)
    return answers


def _line(index: int, values: Mapping[str, Any]) -> Answers:
    return {
        f"{PREFIX}-{index}-{name}": "" if value is None else str(value)
        for name, value in values.items()
    }
