"""Form fields for what people type and paste, and the one for each model field.

Every form takes its fields from here, so that all of them read a value the same way: declared
fields by name, those of model forms by `form_field`, those of the admin by
`leadportal.ui.admin_fields`.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from leadportal.characters import (
    has_letter_or_digit,
    on_one_line,
    without_any_invisible,
)
from leadportal.db.fields import MoneyField
from leadportal.domains import (
    normalize_email,
    readable_domain,
    readable_email,
    registrable_domain,
)
from leadportal.ui.amounts import AmountField
from leadportal.ui.days import DayField
from leadportal.ui.lines_field import LinesField
from leadportal.ui.numbers import CountField, PercentField


class LineField(forms.CharField):
    """Text on one line, without invisible characters."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return on_one_line(text) if text else text


class NameField(LineField):
    """A name: text on one line with a letter or a digit in it."""

    default_error_messages = {"no_letter": "Enter a name with at least one letter or digit."}

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not has_letter_or_digit(value):
            raise ValidationError(self.error_messages["no_letter"], code="no_letter")


class DomainField(forms.CharField):
    """A company's domain, found in any pasted address; `max_length` is that of a domain."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # what is pasted may be longer

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        return registrable_domain(typed) if typed else ""

    def prepare_value(self, value: Any) -> Any:
        return readable_domain(value) if isinstance(value, str) else value


class EmailInput(forms.EmailInput):
    """A text input for an email address.

    Browsers write the domain of an input of type `email` in punycode, and refuse what people paste.
    """

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        own = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__({**own, **(attrs or {})})


class EmailField(forms.EmailField):
    """An email address, read from whatever was pasted by `leadportal.domains.normalize_email`."""

    widget = EmailInput
    default_error_messages = {"invalid": "Enter an email address in the form name@example.com."}

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.address(text) if text else text

    def prepare_value(self, value: Any) -> Any:
        return readable_email(value) if isinstance(value, str) else value

    def address(self, text: str) -> str:
        """Return the address in the text. Raises ValidationError."""
        try:
            return normalize_email(text)
        except ValidationError as error:
            if self.max_length and len(text) > self.max_length:
                return text  # refused by its length, in better words
            if error.code == "invalid":
                raise ValidationError(self.error_messages["invalid"], code="invalid") from error
            raise


class AccountEmailField(EmailField):
    """The address of an account that is looked up: invisible characters in it are ignored."""

    def address(self, text: str) -> str:
        return super().address(without_any_invisible(text)).lower()


# Of each model field, and of those derived from it, the form field. All decimals that are not money
# are percentages.
_CLASSES: dict[type[models.Field], type[forms.Field]] = {
    MoneyField: AmountField,
    models.DecimalField: PercentField,
    models.IntegerField: CountField,
    models.DateField: DayField,
    models.EmailField: EmailField,
    models.SlugField: forms.SlugField,
    models.CharField: LineField,
    models.TextField: LinesField,
}
_BY_NAME: dict[str, type[forms.Field]] = {
    **dict.fromkeys(("name", "company", "company_name", "first_name", "last_name"), NameField),
    "domain": DomainField,
}


def form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """Return the form field of a model field, as Django's `formfield()` does with `kwargs`."""
    form_class = form_class_of(field)
    if form_class is not None:
        kwargs.setdefault("form_class", form_class)
    return field.formfield(**kwargs)


def form_class_of(field: models.Field) -> type[forms.Field] | None:
    """Return the class of the form field, None where it is Django's own."""
    if field.name in _BY_NAME and isinstance(field, models.CharField):
        return _BY_NAME[field.name]
    if field.choices or isinstance(field, models.DateTimeField):
        return None
    return next((_CLASSES[of] for of in type(field).__mro__ if of in _CLASSES), None)
