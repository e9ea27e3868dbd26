"""Finance's forms for entries: a reason that the partner reads, and an adjustment."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from leadportal.ui.amounts import SignedAmountField
from leadportal.ui.lines_field import LinesField

ADJUSTMENT_REFERENCE = r"ADJ-[2-9A-HJ-NP-Z]{8}\Z"


class FinanceForm(forms.Form):
    """A form without colons after labels and without the browser's own validation."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class ReasonForm(FinanceForm):
    """Why an entry is reversed, corrected or adjusted, or a withdrawal returned."""

    reason = LinesField(
        label="Reason",
        help_text="The partner reads this in the email and on the entry.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason. The partner will read it."},
    )


class AdjustmentForm(ReasonForm):
    """An amount of either sign, and why. The page sets `reference`, so that it is posted once."""

    amount = SignedAmountField(
        label="Amount, US dollars",
        help_text="Use a minus to deduct: −25.00.",
        error_messages={"required": "Enter the amount, such as 25.00 or −25.00."},
    )
    reference = forms.CharField(
        widget=forms.HiddenInput,
        validators=[RegexValidator(ADJUSTMENT_REFERENCE)],
        error_messages={
            "required": "This page is incomplete. Open it again from the account.",
            "invalid": "This page is incomplete. Open it again from the account.",
        },
    )

    field_order = ("amount", "reason", "reference")
