"""What a deal is worth and what the partner earns: pure functions, Decimal only.

An annual value is 12 × (agents × monthly price), summed over the products; the partner gets a fixed
fee or a share of that value. Every amount in the portal, on every page, in every email and in the
ledger, is computed and put into words here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from leadportal.money import CENT, MAX_AMOUNT, round_to_cent, usd

MONTHS = 12
MAX_AGENTS = 100_000
MAX_HOLDING_DAYS = 730


class CommissionType(StrEnum):
    """The partner's choice; the values are the vendor's API's (`monetization_type`)."""

    FLAT_FEE = "flat_fee"
    REV_SHARE = "rev_share"

    @property
    def label(self) -> str:
        """The choice as people read it."""
        return "Fixed fee" if self is CommissionType.FLAT_FEE else "Share of the annual value"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return each value with its label, as fields of a choice take them."""
        return [(type_.value, type_.label) for type_ in cls]


class CalculationError(ValueError):
    """A computation with invalid input."""


class AgentsOutOfRange(CalculationError):
    """A number of agents below 1 or above 100,000."""


class NegativePrice(CalculationError):
    """A price or an agreed amount below zero."""


class NotADecimal(CalculationError):
    """A float, or anything else that cannot hold cents exactly, where money belongs."""


class AmountTooLarge(CalculationError):
    """A single price or agreed amount above a billion US dollars."""


class HoldingDaysOutOfRange(CalculationError):
    """A holding period below 0 days or above two years."""


class PartOfACent(CalculationError):
    """A price with a fraction of a cent, which nobody can be charged."""


@dataclass(frozen=True, slots=True)
class Line:
    """One plan of a deal.

    `agents` is None for a plan priced per account. `monthly_price` is US dollars per
    month (per agent, or for the account) from the price list (`price_from` says since when) or
    agreed for this deal (`price_from` None); `agreed_annual` is US dollars a year agreed for the
    line and overrides a price. With neither the line is priced per deal, and no sum
    includes it. `plan` is the plan's name, `plan_id` its id in the catalog, which stays the same
    when the plan is renamed (None where it is not known).
    """

    plan: str
    agents: int | None
    billing_cycle: str
    monthly_price: Decimal | None = None
    price_from: date | None = None
    agreed_annual: Decimal | None = None
    plan_id: int | None = None

    def __post_init__(self) -> None:
        if self.agents is not None and (
            type(self.agents) is not int or not 1 <= self.agents <= MAX_AGENTS
        ):
            raise AgentsOutOfRange(f"Agents must be a whole number from 1 to {MAX_AGENTS:,}.")
        for amount in (self.monthly_price, self.agreed_annual):
            if amount is not None:
                _require_whole_cents(amount)

    @property
    def name(self) -> str:
        """The plan with its agents: `LiveChat Business × 5`."""
        return self.plan if self.agents is None else f"{self.plan} ×\u00a0{self.agents:,}"

    @property
    def is_agreed(self) -> bool:
        """Whether a price or an amount was agreed for this deal."""
        is_listed = self.price_from is not None
        return self.is_priced and (self.agreed_annual is not None or not is_listed)

    @property
    def is_priced(self) -> bool:
        """Whether the line's annual value is known."""
        return self.monthly_price is not None or self.agreed_annual is not None

    @property
    def annual_value(self) -> Decimal | None:
        """US dollars a year, or None where the line is priced per deal."""
        if self.agreed_annual is not None:
            return self.agreed_annual
        if self.monthly_price is None:
            return None
        return MONTHS * (1 if self.agents is None else self.agents) * self.monthly_price

    @property
    def quantity(self) -> str:
        """How many agents, if the plan counts them, and how it is billed."""
        billing = f"billed {billed(self.billing_cycle)}"
        return billing if self.agents is None else f"{_agents(self.agents)}, {billing}"

    @property
    def words(self) -> str:
        """How the line's annual value is computed: `12 × 5 agents × $59.00 = $3,540.00`."""
        value = self.annual_value
        if value is None:
            return "priced per deal"
        if self.agreed_annual is not None:
            return f"{usd(value)} a year, as agreed"
        assert self.monthly_price is not None  # noqa: S101 - a value without an agreed amount
        agreed = "" if self.price_from else " (agreed)"
        price = f"{usd(self.monthly_price)}{agreed}"
        if self.agents is None:
            return f"{MONTHS} × {price} = {usd(value)}"
        return f"{MONTHS} × {_agents(self.agents)} × {price} = {usd(value)}"


@dataclass(frozen=True, slots=True)
class Terms:
    """The fixed fee in US dollars and the share in percent, from a date on.

    A commission becomes available `holding_days` days after the day it is credited.
    """

    valid_from: date
    flat_fee: Decimal
    share_percent: Decimal
    holding_days: int = 0

    def __post_init__(self) -> None:
        if type(self.holding_days) is not int or not 0 <= self.holding_days <= MAX_HOLDING_DAYS:
            raise HoldingDaysOutOfRange(
                f"The holding period is a whole number of days from 0 to {MAX_HOLDING_DAYS}."
            )
        _require_whole_cents(self.flat_fee)
        _require_amount(self.share_percent)

    @property
    def break_even(self) -> Decimal | None:
        """The least annual value, in US dollars, whose share reaches the fee (None: no share)."""
        if self.share_percent == 0:
            return None
        return (self.flat_fee * 100 / self.share_percent).quantize(CENT, ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Both commissions for the same lines under the same terms, in US dollars and in words."""

    lines: tuple[Line, ...]
    terms: Terms

    @property
    def is_complete(self) -> bool:
        """Whether there is a line, and every line has a price."""
        return bool(self.lines) and all(line.is_priced for line in self.lines)

    @property
    def unpriced(self) -> tuple[Line, ...]:
        """The lines without a price, which the sums leave out."""
        return tuple(line for line in self.lines if not line.is_priced)

    @property
    def omission(self) -> str:
        """What the sums leave out, in words; "" if every line has a price."""
        plans = [line.plan for line in self.unpriced]
        if not plans:
            return ""
        named = f"{', '.join(plans[:-1])} and {plans[-1]}" if plans[1:] else plans[0]
        return f"Left out, because priced per deal: {named}."

    @property
    def annual_value(self) -> Decimal:
        """US dollars a year; lines priced per deal count nothing."""
        return annual_value(self.lines)

    @property
    def flat_fee(self) -> Decimal:
        """The fixed fee in US dollars."""
        return commission(CommissionType.FLAT_FEE, self.annual_value, self.terms)

    @property
    def rev_share(self) -> Decimal:
        """The share of the annual value in US dollars."""
        return commission(CommissionType.REV_SHARE, self.annual_value, self.terms)

    @property
    def better(self) -> CommissionType | None:
        """The type that pays more; None where they are equal or a line has no price yet."""
        if not self.is_complete or self.flat_fee == self.rev_share:
            return None
        return (
            CommissionType.FLAT_FEE if self.flat_fee > self.rev_share else CommissionType.REV_SHARE
        )

    @property
    def difference(self) -> Decimal:
        """By how many US dollars the better one is better."""
        return abs(self.flat_fee - self.rev_share)

    def commission(self, type_: str) -> Decimal:
        """Return what the partner earns by this type, in US dollars."""
        return commission(type_, self.annual_value, self.terms)

    def pays_for_nothing(self, type_: str) -> bool:
        """Return whether the fixed fee is paid for a deal, or at an agreed price, of $0.00."""
        if CommissionType(type_) is not CommissionType.FLAT_FEE:
            return False
        free = (line for line in self.lines if line.is_agreed and line.annual_value == 0)
        return self.annual_value == 0 or next(free, None) is not None

    def words(self, type_: str) -> str:
        """Return how that amount is computed: `10% of $3,540.00 = $354.00`."""
        return commission_words(type_, self.annual_value, self.terms)


def annual_value(lines: Sequence[Line]) -> Decimal:
    """Return Σ 12 × agents × monthly price in US dollars; lines priced per deal count nothing."""
    return sum((line.annual_value or Decimal(0) for line in lines), Decimal("0.00"))


def annual_value_words(lines: Sequence[Line]) -> list[str]:
    """Return the sum of several lines, `Annual value: $3,540.00 + … = $5,280.00`.

    Returns "" if fewer than two lines have a price: the line's own words are enough.
    """
    values = [line.annual_value for line in lines if line.annual_value is not None]
    if len(values) < 2:
        return []
    return [f"Annual value: {' + '.join(map(usd, values))} = {usd(annual_value(lines))}"]


def commission(type_: str, value: Decimal, terms: Terms) -> Decimal:
    """Return the commission in US dollars, rounded half up to the cent, once.

    `type_` is a CommissionType, `value` the deal's annual value in US dollars. Raises NotADecimal,
    NegativePrice, and ValueError for an unknown type.
    """
    _require_amount(value)
    if CommissionType(type_) is CommissionType.FLAT_FEE:
        return round_to_cent(terms.flat_fee)
    return round_to_cent(value * terms.share_percent / 100)


def commission_words(type_: str, value: Decimal, terms: Terms) -> str:
    """Return the commission spelled out: `$500.00 fixed fee` or `10% of $3,540.00 = $354.00`."""
    amount = commission(type_, value, terms)
    if CommissionType(type_) is CommissionType.FLAT_FEE:
        return f"{usd(amount)} fixed fee"
    return f"{percent(terms.share_percent)} of {usd(value)} = {usd(amount)}"


def percent(share: Decimal) -> str:
    """Return a percentage without trailing zeros: `10%`, `12.5%`."""
    return f"{share.normalize():f}%"


def billed(billing_cycle: str) -> str:
    """Return how often a line of this billing cycle is billed, in a word."""
    return "annually" if billing_cycle == "annual" else "monthly"


def _agents(count: int) -> str:
    return f"{count:,} {'agent' if count == 1 else 'agents'}"


def _require_whole_cents(amount: Decimal) -> None:
    _require_amount(amount)
    if amount > MAX_AMOUNT:
        raise AmountTooLarge(f"A price is at most {usd(MAX_AMOUNT)}.")
    if amount % CENT:
        raise PartOfACent(f"A price is a whole number of cents, not {amount} US dollars.")


def _require_amount(amount: Decimal) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise NotADecimal(f"Money is a finite Decimal, not {amount!r}.")
    if amount < 0:
        raise NegativePrice("A price is zero or more US dollars.")
