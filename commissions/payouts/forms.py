"""The forms of payouts: billing details, payment, export and release."""

from typing import Any

from django import forms

from commissions.ledger.forms import FinanceForm
from commissions.payouts import paypal
from commissions.payouts.models import BatchRelease, BillingDetails, Withdrawal
from leadportal.approvals.models import Approval
from leadportal.ui.country_field import CountryField
from leadportal.ui.fields import EmailInput, LineField, form_field
from leadportal.ui.lines_field import LinesField


class BillingForm(forms.ModelForm):
    """The billing details of one organization, which `payouts.billing.save` stores."""

    country = CountryField(label="Country", error_messages={"required": "Enter the country."})

    class Meta:
        model = BillingDetails
        formfield_callback = form_field
        fields = (
            "type",
            "company",
            "vat",
            "address",
            "city",
            "zip_code",
            "state",
            "country",
            "paypal",
        )
        labels = {
            "type": "Who is paid?",
            "company": "Company or full name",
            "vat": "VAT ID",
            "zip_code": "Postal code",
            "state": "State or region",
            "paypal": "PayPal email",
        }
        help_texts = {
            "company": "The company's registered name, or your own if you are an individual.",
            "vat": "Include the country code, such as DE123456789.",
            "address": "Street and number.",
            "paypal": "We pay to this account. Please double-check it.",
        }
        error_messages = {
            "type": {"required": "Choose whether a business or an individual is paid."},
            "company": {"required": "Enter the company's name, or your full name."},
            "address": {"required": "Enter the street and number."},
            "city": {"required": "Enter the city."},
            "paypal": {
                "required": "Enter the email address of your PayPal account.",
            },
        }
        widgets = {
            "type": forms.RadioSelect,
            "company": forms.TextInput(attrs={"autocomplete": "organization"}),
            "vat": forms.TextInput(attrs={"spellcheck": "false"}),
            "address": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "zip_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "state": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "paypal": EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].widget.attrs["autocomplete"] = "country-name"

    def clean_paypal(self) -> str:
        return paypal.recipient(self.cleaned_data["paypal"])


class PaymentForm(FinanceForm):
    """The reference of PayPal's payment."""

    payment_reference = LineField(
        label="Payment reference",
        help_text="The reference from PayPal. The partner sees it, too.",
        max_length=Withdrawal._meta.get_field("payment_reference").max_length,
        error_messages={"required": "Enter the payment reference."},
    )


class ExportForm(FinanceForm):
    """An export needs no input."""


class ApprovalRequestForm(FinanceForm):
    """What a second person should know about large payouts."""

    reason = LinesField(
        label="Reason",
        help_text="What you have checked. The second person reads this; the partner does not.",
        max_length=Approval._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason. The second person needs it to decide."},
    )


class ReleaseForm(FinanceForm):
    """The reason of a release and, if the file was downloaded, whether it was sent."""

    was_sent = forms.TypedChoiceField(
        label="Was the file sent to PayPal?",
        choices=(
            ("no", "No, and it will not be sent"),
            ("yes", "Yes, but PayPal has not made this payment"),
        ),
        coerce=lambda typed: typed == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the file was sent to PayPal."},
    )
    reason = LinesField(
        label="Reason",
        help_text="Only finance sees this.",
        max_length=BatchRelease._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason for the release."},
    )

    def __init__(self, *args: Any, is_downloaded: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_downloaded:
            del self.fields["was_sent"]
