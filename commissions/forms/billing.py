"""Where a partner is paid to."""

from typing import Any

from django import forms
from django_countries import countries

from commissions.models import BillingDetails

CHOOSE = [("", "Choose a country"), *countries]


class BillingForm(forms.ModelForm):
    """The billing details of one organisation. `commissions.billing.save` stores what it cleans."""

    country = forms.ChoiceField(
        label="Country", choices=CHOOSE, error_messages={"required": "Choose the country."}
    )

    class Meta:
        model = BillingDetails
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
            "vat": "VAT id",
            "zip_code": "Postal code",
            "state": "State or region",
            "paypal": "PayPal email",
        }
        help_texts = {
            "company": "The company's registered name, or your own if you are an individual.",
            "vat": "With the country's letters, such as DE123456789.",
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
                "invalid": "Enter an email address in the form name@example.com.",
            },
        }
        widgets = {
            "type": forms.RadioSelect,
            "company": forms.TextInput(attrs={"autocomplete": "organization"}),
            "vat": forms.TextInput(attrs={"spellcheck": "false"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "zip_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "state": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "paypal": forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].widget.attrs["autocomplete"] = "country"

    def clean_company(self) -> str:
        return _one_line(self.cleaned_data["company"])

    def clean_vat(self) -> str:
        return _one_line(self.cleaned_data["vat"])

    def clean_address(self) -> str:
        return _one_line(self.cleaned_data["address"])

    def clean_city(self) -> str:
        return _one_line(self.cleaned_data["city"])

    def clean_paypal(self) -> str:
        # The part after the @ is the same however it is written; the one before need not be.
        name, _, domain = self.cleaned_data["paypal"].rpartition("@")
        return f"{name}@{domain.lower()}"


def _one_line(text: str) -> str:
    """Return the text without the spaces that a paste brings along."""
    return " ".join(text.split())
