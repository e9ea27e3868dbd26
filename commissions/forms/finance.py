"""Finance's forms: a reason that the partner reads, an adjustment, a payment's reference."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from commissions.forms.amounts import SignedAmountField
from commissions.models import Withdrawal

ADJUSTMENT_REFERENCE = r"ADJ-[2-9A-HJ-NP-Z]{8}\Z"


class _FinanceForm(forms.Form):
    """No colon after a label, no browser's own bubbles: the page says what is wrong."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class ReasonForm(_FinanceForm):
    """Why an entry is reversed, corrected or adjusted, or a withdrawal returned."""

    reason = forms.CharField(
        label="Reason",
        help_text="The partner reads this in the mail and on the entry.",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason: the partner reads it."},
    )


class AdjustmentForm(ReasonForm):
    """An amount of either sign, and why. `reference` is made by the page, so that it posts once."""

    amount = SignedAmountField(
        label="Amount, US dollars",
        help_text="Added to the balance, or taken off it with a minus: −25.00.",
        error_messages={"required": "Enter the amount, such as 25.00 or −25.00."},
    )
    reference = forms.CharField(
        widget=forms.HiddenInput,
        validators=[RegexValidator(ADJUSTMENT_REFERENCE)],
        error_messages={
            "required": "This page has lost its reference. Open it once more from the account.",
            "invalid": "This page has lost its reference. Open it once more from the account.",
        },
    )

    field_order = ("amount", "reason", "reference")


class PaymentForm(_FinanceForm):
    """Under which reference the bank or PayPal has sent the money."""

    payment_reference = forms.CharField(
        label="The payment's reference",
        help_text="As the bank or PayPal gave it. The partner reads it, too.",
        max_length=Withdrawal._meta.get_field("payment_reference").max_length,
        error_messages={"required": "Enter the payment's reference."},
    )


class ExportForm(_FinanceForm):
    """An export asks for nothing but the click."""
