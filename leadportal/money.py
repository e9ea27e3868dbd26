"""US dollars: rounding, formatting, and conversion to whole cents and back."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
# US dollars. Ten lines of 100,000 agents at this price still fit the database's whole cents.
MAX_AMOUNT = Decimal(1_000_000_000)


def round_to_cent(amount: Decimal) -> Decimal:
    """Return the US dollars `amount` rounded half up to the cent.

    Raises TypeError for a float, ValueError for anything that is not a number.
    """
    _require_amount(amount)
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def usd(amount: Decimal) -> str:
    """Return US dollars as people write them: `$3,540.00`, `−$354.00`."""
    rounded = round_to_cent(amount)
    sign = "−" if rounded < 0 else ""
    return f"{sign}${abs(rounded):,.2f}"


def to_cents(amount: Decimal) -> int:
    """Return US dollars as whole cents. Raises ValueError for a fraction of a cent."""
    _require_amount(amount)
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of cents.")
    return int(cents)


def from_cents(cents: int | Decimal) -> Decimal:
    """Return whole cents as US dollars with two decimals."""
    return Decimal(int(cents)).scaleb(-2)


def _require_amount(amount: Decimal) -> None:
    if not isinstance(amount, Decimal):
        raise TypeError(f"Money is a Decimal, not {type(amount).__name__}.")
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount.")
