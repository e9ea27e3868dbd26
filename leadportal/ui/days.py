"""Days as people type them."""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leadportal.characters import with_ascii_digits, without_any_invisible

# The year first, or the month's name: nobody can read the day for the month.
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
_EXAMPLE = "Enter the date as 2029-02-03 or 3 Feb 2029."
_TWO_NUMBERS_FIRST = re.compile(r"([0-9]{1,2})[./ -]([0-9]{1,2})[./ -]([0-9]{4}|[0-9]{2})")


class DayField(forms.DateField):
    """A date whose day and month cannot be confused: `2029-02-03`, `3 Feb 2029`, `Feb 3, 2029`."""

    default_error_messages = {"invalid": _EXAMPLE, "ambiguous": "{first} or {second}? " + _EXAMPLE}

    def to_python(self, value: Any) -> date | None:
        """Return the date, None where nothing was typed. Raises ValidationError."""
        if not isinstance(value, str):
            return super().to_python(value)
        typed = with_ascii_digits(without_any_invisible(value))
        if not typed:
            return None
        words = " ".join(re.sub("[.,]", " ", typed).split())
        for each in FORMATS:
            try:
                return datetime.strptime(words, each).date()  # noqa: DTZ007 - a day has no time zone
            except ValueError:
                continue
        raise ValidationError(self._problem(typed), code="invalid")

    def _problem(self, typed: str) -> str:
        match = _TWO_NUMBERS_FIRST.fullmatch(typed)
        if match:
            first, second = int(match[1]), int(match[2])
            if first != second and 1 <= first <= 12 and 1 <= second <= 12:
                return str(self.error_messages["ambiguous"]).format(
                    first=f"{first} {_month(second)}", second=f"{second} {_month(first)}"
                )
        return str(self.error_messages["invalid"])


def _month(number: int) -> str:
    return f"{date(2000, number, 1):%B}"
