"""US dollars as people type them."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leadportal.money import CENT, MAX_AMOUNT, usd
from leadportal.ui.numbers import GROUPED, NumberField, ungrouped, with_period

_CURRENCY = r"(?:(?:US ?)?\$|USD)"
_AMOUNT = re.compile(
    rf"{_CURRENCY}? ?(?P<dollars>{GROUPED})(?P<cents>\.[0-9]{{1,2}})? ?{_CURRENCY}?", re.IGNORECASE
)


class AmountField(NumberField):
    """US dollars as people type them (`59`, `$1,200.50`): a Decimal, or None where left empty."""

    default_error_messages = {
        "invalid": "Enter US dollars with at most two decimals, such as 59 or 1,200.50.",
        "comma": "Write cents after a period: {number}. A comma only separates thousands, as in "
        "1,200.50.",
        "negative": "Enter an amount of zero or more US dollars.",
        "too_large": f"Enter an amount of at most {usd(MAX_AMOUNT)}.",
    }
    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def number(self, typed: str) -> Decimal:
        # The minus stands before the dollar sign, or behind it.
        unsigned = re.sub(rf"^({_CURRENCY} ?)?[-−–] ?", r"\1", typed, flags=re.IGNORECASE)
        if unsigned != typed and _AMOUNT.fullmatch(unsigned):
            return self.below_zero(self._dollars(unsigned))
        return self._dollars(typed)

    def below_zero(self, amount: Decimal) -> Decimal:
        """Return the value of a typed minus and `amount`, or raise ValidationError."""
        raise ValidationError(self.error_messages["negative"], code="negative")

    def _dollars(self, typed: str) -> Decimal:
        match = _AMOUNT.fullmatch(typed)
        if match is None and (number := with_period(typed)):
            raise ValidationError(self.error_messages["comma"].format(number=number), code="comma")
        if match is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        amount = Decimal(ungrouped(match["dollars"]) + (match["cents"] or ""))
        if amount > MAX_AMOUNT:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        return amount.quantize(CENT)


class SignedAmountField(AmountField):
    """US dollars above or below zero: `−25.00`, `-$25`, `1,200.50`."""

    default_error_messages = {
        "invalid": "Enter US dollars with at most two decimals, such as 25.00 or −1,200.50.",
        "too_large": f"Enter an amount between −{usd(MAX_AMOUNT)} and {usd(MAX_AMOUNT)}.",
        "zero": "Enter an amount above or below zero.",
    }
    widget = forms.TextInput()  # a keypad for amounts has no minus

    def to_python(self, value: Any) -> Any:
        amount = super().to_python(value)
        if amount == 0:
            raise ValidationError(self.error_messages["zero"], code="zero")
        return amount

    def below_zero(self, amount: Decimal) -> Decimal:
        return -amount
