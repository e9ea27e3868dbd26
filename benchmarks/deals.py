"""Deals to give to invented leads: lines at list prices, with their frozen sums."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commissions import explanation
from commissions.calculator import CommissionType, Estimate
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leadportal.money import to_cents
from leads import deal

PER_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal's lines as columns of DealLine from `plan_id` on, and what they come to, in cents."""

    lines: tuple[tuple[Any, ...], ...]
    agents: int
    is_complete: bool
    value: int | None
    commissions: dict[str, int | None] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def make_deals(terms: CommissionTerms, null: Any) -> dict[int, list[Deal]]:
    """Return deals by their number of lines; under 0 those that have no price yet."""
    drawn = random.Random(2026)
    plans = list(Plan.objects.select_related("product"))
    priced = [plan for plan in plans if plan.code != "enterprise"]
    enterprise = [plan for plan in plans if plan.code == "enterprise"]
    deals = {
        length: [_deal(drawn.sample(priced, length), terms, null, drawn) for _ in range(PER_LENGTH)]
        for length in (1, 2, 3)
    }
    deals[0] = [_deal(enterprise[:1], terms, null, drawn) for _ in range(PER_LENGTH)]
    return deals


def _deal(plans: list[Plan], terms: CommissionTerms, null: Any, drawn: random.Random) -> Deal:
    chosen = [
        Choice(
            plan,
            None if plan.is_flat else int(drawn.lognormvariate(2.5, 1)) + 1,
            drawn.choice(list(BillingCycle)),
        )
        for plan in plans
    ]
    estimate = deal.estimate(chosen, terms, timezone.localdate())
    made = Deal(
        lines=tuple(
            (
                choice.plan.pk,
                _or(null, line.agents),
                str(line.billing_cycle),
                _cents(null, line.monthly_price),
                _or(null, line.price_from and str(line.price_from)),
                null,
            )
            for choice, line in zip(chosen, estimate.lines, strict=True)
        ),
        agents=deal.total_agents(estimate.lines),
        is_complete=estimate.is_complete,
        value=_cents(null, estimate.annual_value if _is_priced(estimate) else None),
    )
    for type_ in CommissionType:
        is_known = type_ == CommissionType.FLAT_FEE or _is_priced(estimate)
        known = estimate.commission(type_) if is_known else None
        made.commissions[type_.value] = _cents(null, known)
        made.texts[type_.value] = explanation.freeze(estimate, type_)
        made.words[type_.value] = estimate.words(type_) if is_known else ""
    return made


def _is_priced(estimate: Estimate) -> bool:
    return any(line.is_priced for line in estimate.lines)


def _cents(null: Any, amount: Decimal | None) -> Any:
    return null if amount is None else to_cents(amount)


def _or(null: Any, value: Any) -> Any:
    return null if value is None else value
