"""The form about a deal: when it was signed, how the partner is paid, and why at $0.00."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from commissions.calculator import CommissionType
from leadportal.ui.days import DayField
from leadportal.ui.fields import LineField
from leadportal.ui.formats import day_in_words

REASON_LENGTH = 200


class SigningForm(forms.Form):
    """When the customer signed; in a correction, also how the partner is paid.

    `zero_reason` is asked for only where the fixed fee is paid for something worth $0.00: see
    `DealEditor`. `earliest` and `latest` bound the day.
    """

    signed_on = DayField(
        label="Signed on",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="The day the customer signed. The prices of that day apply.",
        error_messages={
            "required": "Enter the day the customer signed.",
        },
    )
    commission_type = forms.ChoiceField(
        label="Commission type",
        choices=CommissionType.choices(),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the partner is paid."},
    )
    zero_reason = LineField(
        label="Reason for paying at $0.00",
        help_text="The deal is worth $0.00, or a price of $0.00 was agreed. The partner reads this "
        "in the calculation.",
        required=False,
        max_length=REASON_LENGTH,
    )

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        earliest: date | None,
        latest: date,
        has_type: bool,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.earliest, self.latest = earliest, latest
        bounds = {"max": latest.isoformat()} | ({"min": earliest.isoformat()} if earliest else {})
        self.fields["signed_on"].widget.attrs.update(bounds)
        if not has_type:
            del self.fields["commission_type"]

    def clean_signed_on(self) -> date:
        signed_on: date = self.cleaned_data["signed_on"]
        if signed_on > self.latest:
            raise ValidationError(f"Enter {day_in_words(self.latest)} or an earlier day.")
        if self.earliest and signed_on < self.earliest:
            raise ValidationError(
                f"Enter {day_in_words(self.earliest)}, the day the lead was approved, or a later "
                "day."
            )
        return signed_on
