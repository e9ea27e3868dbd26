"""Deals for invented leads: lines at list prices, with the amounts that follow from them."""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commissions import explanation
from commissions.calculator import CommissionType, Estimate, Line
from commissions.catalog.models import BillingCycle, Plan, Price
from commissions.catalog.terms import CommissionTerms
from leadportal.money import to_cents


@dataclass(slots=True)
class Deal:
    """A deal's lines as columns of DealLine; amounts are whole cents.

    The dictionaries map a commission type to its amount, the frozen explanation of its estimate and
    of its credit (with DAY for the day it is credited, see `credited`), and its words.
    """

    lines: list[dict[str, Any]]
    agents: int
    is_complete: bool
    annual_value: int | None
    commissions: dict[str, int | None] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
    credits: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


# Stands for the day in the explanations of credits
DAY = date(1, 1, 1)


def credited(content: str, day: date) -> str:
    """Return the explanation of a credit of `day`; freezing one for each would take too long."""
    return content.replace(f'_on":"{DAY}"', f'_on":"{day}"')


def make_deals(number: int, terms: CommissionTerms, day: date) -> dict[int, list[Deal]]:
    """Return `number` deals by how many lines they have; those under 0 have no price yet."""
    rng = random.Random(2026)
    prices = {(price.plan_id, price.billing_cycle): price for price in Price.objects.in_force(day)}
    plans = list(Plan.objects.select_related("product"))
    priced_ids = {plan for plan, _ in prices}
    priced = [plan for plan in plans if plan.pk in priced_ids]
    unpriced = [plan for plan in plans if plan.pk not in priced_ids]
    deals: dict[int, list[Deal]] = {
        length: [_deal(rng, rng.sample(priced, length), prices, terms) for _ in range(number // 4)]
        for length in (1, 2, 3)
    }
    deals[0] = [_deal(rng, unpriced[:1], prices, terms) for _ in range(number // 4)]
    return deals


def _deal(
    rng: random.Random,
    plans: list[Plan],
    prices: dict[tuple[int, str], Price],
    terms: CommissionTerms,
) -> Deal:
    lines, columns = [], []
    for plan in plans:
        # Most deals are of 5 to 50 agents, a few of hundreds.
        agents = None if plan.is_flat else int(rng.lognormvariate(2.5, 1)) + 1
        cycle = rng.choice(BillingCycle.values)
        price = prices.get((plan.pk, cycle))
        monthly, since = (price.monthly, price.valid_from) if price else (None, None)
        lines.append(Line(str(plan), agents, cycle, monthly, since, plan_id=plan.pk))
        cents = None if monthly is None else to_cents(monthly)
        columns.append(
            {
                "plan_id": plan.pk,
                "agents": agents,
                "billing_cycle": cycle,
                "monthly_price": cents,
                "price_from": since and str(since),
            }
        )
    estimate = Estimate(tuple(lines), terms.as_calculated())
    is_priced = any(line.is_priced for line in lines)
    deal = Deal(
        lines=columns,
        agents=sum(line.agents or 0 for line in lines),
        is_complete=estimate.is_complete,
        annual_value=to_cents(estimate.annual_value) if is_priced else None,
    )
    for type_ in CommissionType:
        is_known = is_priced or type_ is CommissionType.FLAT_FEE
        deal.commissions[type_] = to_cents(estimate.commission(type_)) if is_known else None
        deal.explanations[type_] = explanation.freeze(estimate, type_)
        deal.credits[type_] = explanation.freeze_credit(
            estimate, type_, explanation.Signing(DAY, DAY)
        )
        deal.words[type_] = estimate.words(type_)
    return deal
