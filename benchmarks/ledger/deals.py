"""Deals as they might have been sold, for invented books."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from commissions import explanation
from commissions.calculator import CommissionType, Estimate, Line, Terms
from commissions.catalog.models import Price
from leadportal.money import to_cents

TYPES = (CommissionType.REV_SHARE, CommissionType.REV_SHARE, CommissionType.FLAT_FEE)


@dataclass(frozen=True, slots=True)
class Deal:
    """What was sold, worked out: the amount in US dollars, and the final lines' columns."""

    type: CommissionType
    amount: Decimal
    words: str
    explanation: str
    lines: tuple[tuple[object, ...], ...]


def invented(chance: Random, prices: list[Price], terms: Terms) -> Deal:
    """Return a deal of one line or two, every tenth line at a price agreed for it."""
    chosen = chance.sample(prices, chance.choice((1, 1, 2)))
    lines = tuple(_line(chance, price) for price in chosen)
    plans = {str(price.plan): price.plan_id for price in chosen}
    if len({line.plan for line in lines}) < len(lines):
        lines = lines[:1]
    estimate, type_ = Estimate(lines, terms), chance.choice(TYPES)
    return Deal(
        type_,
        estimate.commission(type_),
        estimate.words(type_),
        explanation.freeze(estimate, type_),
        tuple(
            _columns(position, plans[line.plan], line)
            for position, line in enumerate(lines, start=1)
        ),
    )


def _columns(position: int, plan: int, line: Line) -> tuple[object, ...]:
    assert line.monthly_price is not None
    return (
        position,
        plan,
        line.agents,
        line.billing_cycle,
        to_cents(line.monthly_price),
        line.price_from,
    )


def _line(chance: Random, price: Price) -> Line:
    # Most deals are of 5 to 50 agents, a few of hundreds.
    agents = None if price.plan.is_flat else int(chance.lognormvariate(2.5, 1)) + 1
    agreed = chance.random() < 0.1
    monthly = Decimal(chance.randint(1_000, 9_999)).scaleb(-2) if agreed else price.monthly
    since: date | None = None if agreed else price.valid_from
    return Line(str(price.plan), agents, price.billing_cycle, monthly, since)
