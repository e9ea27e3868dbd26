"""Numbers as people type them, in text inputs.

A number input drops a decimal comma in an English browser, so that `66,50` becomes 6650. Here every
unambiguous notation is accepted, and all others are refused.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leadportal.characters import with_ascii_digits, without_any_invisible

_APOSTROPHES = "'’‘ʼ`´"
_MARKS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | {"٬": ",", "٫": "."})
# Groups of three, or as in India: 12,34,567
GROUPED = (
    r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})"
)
_BETWEEN_GROUPS = re.compile("[ ,']")


def plain(typed: str) -> str:
    """Return a typed number with ASCII digits, one kind of apostrophe and single spaces."""
    text = with_ascii_digits(without_any_invisible(typed)).translate(_MARKS)
    return " ".join(text.split())


def ungrouped(digits: str) -> str:
    """Return digits in GROUPED form without what separates the groups."""
    return _BETWEEN_GROUPS.sub("", digits)


def with_period(typed: str) -> str:
    """Return a number with a decimal comma, such as `1.200,50`, with a period; "" for any other."""
    match = re.fullmatch(r"\D*([0-9]+(?:[. '][0-9]{3})*),([0-9]{1,2})\D*", typed)
    return f"{re.sub('[^0-9]', '', match[1])}.{match[2]}" if match else ""


class NumberField(forms.CharField):
    """A number in a text input. Takes a model field's limits; the model checks them."""

    def __init__(
        self,
        *,
        min_value: int | None = None,
        max_value: int | None = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.min_value, self.max_value = min_value, max_value
        self.max_digits, self.decimal_places = max_digits, decimal_places
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the number, None where nothing was typed. Raises ValidationError."""
        typed = plain(super().to_python(value) or "")
        return self.number(typed) if typed else None

    def number(self, typed: str) -> Any:
        """Return the only number that `typed`, as `plain` returns it, can mean, or raise."""
        raise NotImplementedError


class CountField(NumberField):
    """A whole number of zero or more (`5`, `５`, `٥`, `1 000`, `1'000`): an int, or None."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    default_error_messages = {
        "invalid": "Enter a whole number, such as 5 or 1,000.",
        "too_small": "Enter {min_value:,} or more.",
        "too_large": "Enter {max_value:,} or less.",
    }
    LONGEST = 18  # digits: more than any column holds

    def number(self, typed: str) -> int:
        if not re.fullmatch(GROUPED, typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        digits = ungrouped(typed)
        least = self.min_value or 0
        if len(digits.lstrip("0")) > self.LONGEST or (
            self.max_value is not None and int(digits) > self.max_value
        ):
            limit = 10**self.LONGEST if self.max_value is None else self.max_value
            raise ValidationError(self.error_messages["too_large"].format(max_value=limit))
        if int(digits) < least:
            raise ValidationError(self.error_messages["too_small"].format(min_value=least))
        return int(digits)


class PercentField(NumberField):
    """A percentage as people type it: `10`, `12.5 %`; a Decimal of percent, or None."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    default_error_messages = {
        "invalid": "Enter a percentage from 0 to 100, with at most two decimals, such as 12.5.",
        "comma": "Write decimals after a period: {number}.",
    }

    def number(self, typed: str) -> Decimal:
        match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%?", typed)
        if match is None and (number := with_period(typed)):
            raise ValidationError(self.error_messages["comma"].format(number=number))
        if match is None or Decimal(match[1]) > 100:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(match[1])

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value
