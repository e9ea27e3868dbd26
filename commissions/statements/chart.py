"""The chart of earnings by month, in the units of the SVG's view box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from commissions.statements.earnings import Earned

WIDTH, HEIGHT = 360, 214
LEFT, RIGHT, TOP, BOTTOM = 46, 358, 8, 176
BAR = Decimal("0.62")  # of a month's width

# What one line of the grid may be worth, times a power of ten
_ROUND = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_LINES = 4
_UNITS = ("k", "M", "B")


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's bar from its top `y` down, and the words for it. `is_loss`: below zero."""

    earned: Earned
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    middle: Decimal
    is_loss: bool
    shows_year: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    """A grid line at `y` for `amount` US dollars, without cents."""

    y: Decimal
    amount: Decimal

    @property
    def label(self) -> str:
        """The amount, short enough for a phone: `$500`, `$1.5k` or `−$3M`."""
        dollars, unit = abs(self.amount), ""
        for letter in _UNITS:
            if dollars < 1_000:
                break
            dollars, unit = dollars / 1_000, letter
        return f"{'−' if self.amount < 0 else ''}${dollars.normalize():,f}{unit}"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars and grid of a chart WIDTH × HEIGHT; `zero` is the y of $0."""

    bars: list[Bar]
    grid: list[GridLine]
    zero: Decimal
    left: int = LEFT
    right: int = RIGHT
    width: int = WIDTH
    height: int = HEIGHT
    months_at: int = BOTTOM + 16
    years_at: int = BOTTOM + 32


def chart_of(months: Sequence[Earned]) -> Chart | None:
    """Return the chart of the months in order; None if nothing was earned in any of them."""
    amounts = [month.amount for month in months]
    if not any(amounts):
        return None
    step = _step(max(*amounts, Decimal(0)) - min(*amounts, Decimal(0)))
    top = (max(*amounts, Decimal(0)) / step).to_integral_value(ROUND_CEILING)
    bottom = (min(*amounts, Decimal(0)) / step).to_integral_value(ROUND_FLOOR)

    def height_of(amount: Decimal) -> Decimal:
        return _tenths((top * step - amount) * (BOTTOM - TOP) / ((top - bottom) * step) + TOP)

    lines = [number * step for number in range(int(bottom), int(top) + 1)]
    return Chart(
        bars=_bars(months, height_of),
        grid=[GridLine(height_of(amount), amount) for amount in lines],
        zero=height_of(Decimal(0)),
    )


def _bars(months: Sequence[Earned], height_of: Callable[[Decimal], Decimal]) -> list[Bar]:
    pitch, zero = Decimal(RIGHT - LEFT) / len(months), height_of(Decimal(0))
    bars = []
    for index, earned in enumerate(months):
        end = height_of(earned.amount)
        bars.append(
            Bar(
                earned=earned,
                x=_tenths(LEFT + pitch * (index + (1 - BAR) / 2)),
                y=min(end, zero),
                width=_tenths(pitch * BAR),
                # Even a cent must be visible.
                height=max(abs(end - zero), Decimal(1)) if earned.amount else Decimal(0),
                middle=_tenths(LEFT + pitch * (index + Decimal("0.5"))),
                is_loss=earned.amount < 0,
                shows_year=earned.month.month == 1 or (index == 0 and earned.month.month != 12),
            )
        )
    return bars


def _step(span: Decimal) -> Decimal:
    """Return a round number of dollars that divides `span` into about _LINES parts."""
    least = max(span / _LINES, Decimal(1))
    power = Decimal(10) ** least.adjusted()
    return next(part * power for part in _ROUND if part * power >= least)


def _tenths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"))
