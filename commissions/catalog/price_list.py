"""Pricing the chosen lines: from choices to lines for the calculator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from commissions.calculator import (
    AgentsOutOfRange,
    CalculationError,
    Estimate,
    Line,
)
from commissions.catalog.models import BillingCycle, Plan, Price
from leadportal.money import MAX_AMOUNT, usd

# List prices by the key of their plan and the billing cycle
Listed = Mapping[tuple[int, str], Price]

UNUSUAL_PRICE = 2  # times the list price


class NotPayable(ValueError):
    """No commission can be credited for the lines; the message is for their author."""


class ReasonNeeded(NotPayable):
    """A fixed fee would be paid for something worth $0.00, and no reason is given."""


class UnknownBillingCycle(CalculationError):
    """A billing cycle that does not exist."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan in a deal, and the price agreed for it, if any.

    `agents` is ignored for a flat plan. `agreed_price` is US dollars per month in place of the list
    price; `agreed_annual` is US dollars a year for the line and overrides both.
    """

    plan: Plan
    agents: int | None
    billing_cycle: str
    agreed_price: Decimal | None = None
    agreed_annual: Decimal | None = None

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Choice":
        """Return the choice for a form's cleaned line, or for a stored line's fields."""
        return cls(
            plan=line["plan"],
            agents=line["agents"],
            billing_cycle=line["billing_cycle"],
            agreed_price=line.get("agreed_price"),
            agreed_annual=line.get("agreed_annual"),
        )

    def stored(self) -> dict[str, Any]:
        """Return the choice as JSON takes it, for `restored`."""
        agreed = {"agreed_price": self.agreed_price, "agreed_annual": self.agreed_annual}
        amounts = {
            name: None if value is None else f"{value:.2f}" for name, value in agreed.items()
        }
        return {
            "plan": self.plan.pk,
            "agents": self.agents,
            "billing_cycle": str(self.billing_cycle),
            **amounts,
        }


def restored(stored: Iterable[Mapping[str, Any]]) -> list[Choice]:
    """Return the choices that were `stored`, their plans with products. One query.

    Raises NotPayable where a plan is gone.
    """
    lines = list(stored)
    plans = Plan.objects.select_related("product").in_bulk([line["plan"] for line in lines])
    if any(line["plan"] not in plans for line in lines):
        raise NotPayable("A plan of the final lines does not exist anymore.")
    amounts = ("agreed_price", "agreed_annual")
    return [
        Choice.of(
            {
                **line,
                "plan": plans[line["plan"]],
                **{name: None if line[name] is None else Decimal(line[name]) for name in amounts},
            }
        )
        for line in lines
    ]


def listed_on(day: date, plans: Iterable[Plan] | None = None) -> Listed:
    """Return the list prices of `day` by plan and billing cycle: of these plans, or of all."""
    prices = Price.objects.all()
    if plans is not None:
        prices = prices.filter(plan__in={plan.pk for plan in plans})
    return {(price.plan_id, price.billing_cycle): price for price in prices.in_force(day)}


def price_lines(choices: Sequence[Choice], day: date, listed: Listed | None = None) -> list[Line]:
    """Return a line of the calculator for each choice, in order, priced as of `day`.

    A plan without a list price that day and without an agreed price is priced per deal. One query,
    however many choices, if the plans come with their products; none if `listed`, the list prices
    of that day, is given. Raises the calculator's errors, AgentsOutOfRange also for a plan priced
    per agent without a number of agents, and UnknownBillingCycle.
    """
    if listed is None:
        listed = listed_on(day, [choice.plan for choice in choices])
    return [_line(choice, listed.get((choice.plan.pk, choice.billing_cycle))) for choice in choices]


def offers(plans: Iterable[Plan], listed: Listed) -> dict[int, str]:
    """Return what each plan costs by these list prices, in words, by the plan's key."""

    def monthly(plan: Plan, cycle: BillingCycle) -> Decimal | None:
        price = listed.get((plan.pk, cycle))
        return price.monthly if price else None

    return {
        plan.pk: _offer(
            plan, monthly(plan, BillingCycle.ANNUAL), monthly(plan, BillingCycle.MONTHLY)
        )
        for plan in plans
    }


def unusual_prices(choices: Sequence[Choice], lines: Sequence[Line], day: date) -> list[str]:
    """Return a warning for each line whose agreed price is far above the list price of `day`.

    `lines` are the priced choices. One query where a price was agreed.
    """
    agreed = [
        (choice, line)
        for choice, line in zip(choices, lines, strict=True)
        if choice.agreed_price is not None or choice.agreed_annual is not None
    ]
    if not agreed:
        return []
    at_list = price_lines(
        [replace(choice, agreed_price=None, agreed_annual=None) for choice, _ in agreed], day
    )
    compared = [
        (line.plan, line.annual_value or Decimal(0), listed.annual_value)
        for (_, line), listed in zip(agreed, at_list, strict=True)
    ]
    return [
        f"{plan}: the agreed {usd(value)} a year is more than {UNUSUAL_PRICE} times the list "
        f"price, {usd(listed)}. Check it."
        for plan, value, listed in compared
        if listed is not None and value > listed * UNUSUAL_PRICE
    ]


def require_payable(estimate: Estimate, commission_type: str, zero_reason: str) -> None:
    """Raise NotPayable where final lines lack a price, or come to nothing or to too much.

    ReasonNeeded where a fixed fee is paid for something worth $0.00 without a `zero_reason`.
    """
    for line in estimate.unpriced:
        raise NotPayable(f"{line.plan} has no list price. Enter the agreed price.")
    if not estimate.lines:
        raise NotPayable("Enter at least one line.")
    if estimate.commission(commission_type) == 0:
        raise NotPayable("The commission would be $0.00. Check the final lines and prices.")
    if estimate.annual_value > MAX_AMOUNT:
        raise NotPayable(
            f"The annual value would be {usd(estimate.annual_value)}. Check the agents and prices."
        )
    if estimate.pays_for_nothing(commission_type) and not zero_reason:
        raise ReasonNeeded(
            "The fixed fee would be paid for a deal worth $0.00 or at an agreed price of $0.00. "
            "Check the prices, or enter the reason."
        )


def small_deal_warning(estimate: Estimate, commission_type: str) -> str:
    """Return a warning where the commission is more than the deal is worth in a year, else ""."""
    commission = estimate.commission(commission_type)
    if commission <= estimate.annual_value:
        return ""
    return (
        f"The deal is worth {usd(estimate.annual_value)} a year, less than the commission of "
        f"{usd(commission)}. Check the final lines and prices."
    )


def _offer(plan: Plan, annual: Decimal | None, monthly: Decimal | None) -> str:
    unit = "a month" if plan.is_flat else "per agent a month"
    if annual is not None and monthly is not None:
        return f"{usd(annual)} {unit}, {usd(monthly)} if billed monthly"
    if annual is not None:
        return f"{usd(annual)} {unit}, billed annually"
    if monthly is not None:
        return f"{usd(monthly)} {unit}, billed monthly"
    return "priced per deal"


def _line(choice: Choice, listed: Price | None) -> Line:
    plan = choice.plan
    if not plan.is_flat and choice.agents is None:
        raise AgentsOutOfRange(f"{plan} is priced per agent. Enter the number of agents.")
    if choice.billing_cycle not in BillingCycle.values:
        cycles = " or ".join(BillingCycle.values)
        raise UnknownBillingCycle(
            f"{plan}: the billing cycle must be {cycles}, not “{choice.billing_cycle}”."
        )
    monthly_price, price_from = choice.agreed_price, None
    if choice.agreed_annual is None and monthly_price is None and listed is not None:
        monthly_price, price_from = listed.monthly, listed.valid_from
    return Line(
        plan=str(plan),
        agents=None if plan.is_flat else choice.agents,
        billing_cycle=str(choice.billing_cycle),
        monthly_price=monthly_price,
        price_from=price_from,
        agreed_annual=choice.agreed_annual,
        plan_id=plan.pk,
    )
