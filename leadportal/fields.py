"""Money in the database.

SQLite keeps decimals as floats, and a million of them sum to a wrong cent; integers do not.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from leadportal.money import CENT, from_cents, to_cents


class MoneyField(models.BigIntegerField):
    """US dollars: a Decimal with two places in Python, whole cents in the database."""

    description = "US dollars"

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else to_cents(self.to_python(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_cents(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, int):
            return Decimal(value).quantize(CENT)
        try:
            return Decimal(value) if isinstance(value, str) else self._refuse(value)
        except ArithmeticError:
            raise ValidationError("Enter an amount in US dollars, such as 59.00.") from None

    def _refuse(self, value: Any) -> Decimal:
        raise TypeError(f"Money is a Decimal, not {type(value).__name__}.")

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> Any:  # type: ignore[override]
        defaults = {"form_class": forms.DecimalField, "max_digits": 14, "decimal_places": 2}
        return models.Field.formfield(self, **(defaults | kwargs))
