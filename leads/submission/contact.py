"""Page 1 of the form: who the lead is and whom to call."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

from leadportal.domains import normalise_email, registrable_domain
from leadportal.partners.models import Partner
from leads.models.lead import Employees, Lead
from leads.submission.country import CountryField
from leads.submission.mailboxes import email_warning


class AtMost(MaxLengthValidator):
    """The end of a length, in words that say by how much it is passed."""

    def __call__(self, value: str) -> None:
        excess = len(value) - self.limit_value
        if excess > 0:
            noun = "character" if excess == 1 else "characters"
            raise ValidationError(
                f"Shorten this by {excess:,} {noun}: at most {self.limit_value:,} characters fit.",
                code=self.code,
            )


class LinesField(forms.CharField):
    """Text of several lines. Browsers send a line's end as two signs and count it as one."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


def _from_column(column: "models.Field[Any, Any]", **options: Any) -> forms.Field | None:
    """Return the form's field of a model's.

    No `autocomplete` is set. The contact's details are not the partner's own, so none of its tokens
    fit; and `off` does more than stop suggestions: WebKit empties such a field, and Firefox does
    not restore it, when its page comes back.
    """
    field: forms.Field | None = column.formfield(**options)
    if field is not None:
        field.validators = [
            AtMost(each.limit_value) if isinstance(each, MaxLengthValidator) else each
            for each in field.validators
        ]
    return field


class ContactForm(forms.ModelForm):
    """The contact page, validated against the partner who fills it in."""

    # Whatever is pasted is taken here; what it is reduced to is checked for length.
    domain = forms.CharField(
        label="Company domain",
        help_text="Paste any address of the company's website or mail.",
        error_messages={"required": "Enter the company's domain, such as example.com."},
    )
    region = CountryField(
        label="Country",
        error_messages={"required": "Choose the country the company is in."},
    )
    employees = forms.ChoiceField(
        label="Employees",
        choices=Employees.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how many people the company employs."},
    )

    class Meta:
        model = Lead
        fields = (
            "company_name",
            "domain",
            "first_name",
            "last_name",
            "contact_email",
            "job_title",
            "region",
            "phone_number",
            "employees",
            "description",
        )
        labels = {
            "contact_email": "Work email",
            "description": "Additional information",
        }
        help_texts = {
            "contact_email": "Sales will write to this address. Please double-check it.",
            "phone_number": "With the country code, or as it is dialled in the country above. "
            "An extension goes at the end, as ext. 12.",
            "description": "Anything that could help sales to close the deal.",
        }
        error_messages = {
            "company_name": {"required": "Enter the company's name."},
            "first_name": {"required": "Enter the contact's first name."},
            "last_name": {"required": "Enter the contact's last name."},
            "contact_email": {
                "required": "Enter the contact's email address.",
                "invalid": "Enter an email address in the form name@example.com.",
            },
        }
        field_classes = {"description": LinesField}
        formfield_callback = _from_column
        widgets = {
            "description": forms.Textarea(attrs={"rows": 5}),
            "phone_number": forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
        }

    def __init__(self, *args: Any, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partner = partner

    def clean_domain(self) -> str:
        domain = registrable_domain(self.cleaned_data["domain"])
        if domain == self.partner.domain:
            raise ValidationError(
                "This is your own organisation's domain. Enter the domain of the customer."
            )
        return domain

    def clean_contact_email(self) -> str:
        return normalise_email(self.cleaned_data["contact_email"])

    def clean_phone_number(self) -> str:
        typed: str = self.cleaned_data["phone_number"]
        region: str = self.cleaned_data.get("region", "")
        if not typed or not (region or typed.lstrip().startswith("+")):
            return typed
        import phonenumbers  # at the first use: it is large

        try:
            number = phonenumbers.parse(typed, region or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise ValidationError(
                "Enter a phone number with its country code, such as +49 30 901820, "
                "or leave it empty."
            )
        dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        # E.164 ends at the switchboard; who calls needs the rest, written as RFC 3966 has it.
        return f"{dialled};ext={number.extension}" if number.extension else dialled

    def warnings(self) -> dict[str, str]:
        """Return what sales may doubt, by field name: reasons to look again, never to stop."""
        email: str = self.cleaned_data.get("contact_email", "")
        warning = email and email_warning(email, self.cleaned_data.get("domain", ""))
        return {"contact_email": warning} if warning else {}
