"""Form fields that validate and normalize a lead's values."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from leadportal.domains import normalize_email, registrable_domain


def of_column(model: type[models.Model], name: str, **options: Any) -> Callable[..., forms.Field]:
    """Return a factory of the form field for a model's column: its length, and whether it is
    required, are the column's.

    No `autocomplete` is set. The contact's details are not the partner's own, so none of its tokens
    fit; and `off` does more than stop suggestions: WebKit empties such a field, and Firefox does
    not restore it, when its page comes back.
    """

    def make(**more: Any) -> forms.Field:
        return model._meta.get_field(name).formfield(**options, **more)  # type: ignore[union-attr, return-value]

    return make


class DomainField(forms.CharField):
    """A company's domain, extracted from any pasted address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        return registrable_domain(typed) if typed else ""


class MailAddressField(forms.EmailField):
    """An email address whose domain is stored in lower case and as DNS writes it."""

    def clean(self, value: Any) -> str:
        address = normalize_email(super().clean(value))
        self.run_validators(address)  # it may have grown
        return address


def phone_number(typed: str, region: str) -> str:
    """Return a phone number in E.164, an extension as RFC 3966 writes it.

    `region` is the country in which it is dialed so. Without one a national number is returned as
    it is. Raises ValidationError for a number that nobody can dial.
    """
    if not typed or not (region or typed.lstrip().startswith("+")):
        return typed
    import phonenumbers  # at the first use: it is large

    try:
        number = phonenumbers.parse(typed, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(
            "Enter a phone number with its country code, such as +49 30 901820, or leave it empty."
        )
    dialed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # E.164 ends at the switchboard, and whoever calls needs the extension.
    return f"{dialed};ext={number.extension}" if number.extension else dialed


class Tick(forms.CheckboxInput):
    """A checkbox whose value is the version of the text beside it: checked only under that one."""

    version = ""

    def format_value(self, value: Any) -> str:
        return self.version

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, str(value) == self.version, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name, "")


class AgreementField(forms.ChoiceField):
    """A required checkbox. Its answer is the version of the text that was agreed to."""

    widget = Tick

    def show(self, text: str, version: str) -> None:
        """Show `text`, whose version is `version`, beside the checkbox."""
        self.label = text
        self.choices = [(version, text)]
        self.widget.version = version
