"""Money in the database.

SQLite stores decimals as floats, so that a million of them sum to a wrong cent; integers are exact.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator
from django.db import models
from django.utils.functional import cached_property

from leadportal.money import CENT, from_cents, to_cents

MAX_DIGITS = 14

if TYPE_CHECKING:
    from django.db.models import BigIntegerField
    from django.db.models.expressions import Combinable
else:

    class BigIntegerField(models.BigIntegerField):
        def __class_getitem__(cls, *types: Any) -> type:
            """Django's fields take their types in the stubs only."""
            return cls


_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


class MoneyField(BigIntegerField[_ST, _GT]):
    """US dollars: a Decimal with two places in Python, whole cents in the database.

    Sum, Min and Max give US dollars. Avg and arithmetic in a query give bare cents: do those in
    Python. A float is refused with a TypeError wherever it turns up.
    """

    # What mypy takes the attribute of a model for
    _pyi_private_set_type: "Decimal | int | Combinable"  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]

    description = "US dollars"

    @cached_property
    def validators(self) -> Sequence[Any]:  # type: ignore[override]
        """The field's own, and none of the integer's: its range is one of cents."""
        own = super(models.IntegerField, self).validators
        return [*own, DecimalValidator(MAX_DIGITS, 2)]

    def get_default(self) -> Any:
        return self.to_python(super().get_default())

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else to_cents(self.to_python(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_cents(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value).quantize(CENT)
        if not isinstance(value, str):
            raise TypeError(f"Money is a Decimal, not {type(value).__name__}.")
        try:
            return Decimal(value)
        except ArithmeticError:
            raise ValidationError("Enter an amount in US dollars, such as 59.00.") from None

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        defaults: dict[str, Any] = {
            "form_class": forms.DecimalField,
            "max_digits": MAX_DIGITS,
            "decimal_places": 2,
        }
        return models.Field.formfield(self, **(defaults | kwargs))
