"""Why a credit differs from the estimate made when the lead was submitted."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format

from commissions.calculator import Estimate, Line, billed
from commissions.explanation import present, thaw
from leadportal.money import usd


@dataclass(frozen=True, slots=True)
class Difference:
    """Both annual values in US dollars, and why the commissions differ, if they do."""

    estimated_value: Decimal
    credited_value: Decimal
    reasons: list[str]


def difference(estimate: str, credit: str) -> Difference:
    """Compare the commission types and the lines of two frozen explanations.

    The terms are always the same: a lead keeps those of the day it was submitted.
    """
    estimated, credited = thaw(estimate), thaw(credit)
    reasons = _reasons(estimated, credited)
    before, after = present(estimate).commission_type, present(credit).commission_type
    if before != after:
        reasons.insert(0, f"{after} instead of {before.lower()}.")
    return Difference(estimated.annual_value, credited.annual_value, reasons)


def _reasons(estimated: Estimate, credited: Estimate) -> list[str]:
    before, after = _by_plan(estimated), _by_plan(credited)
    found = [
        words for plan in before if plan in after for words in _line(before[plan], after[plan])
    ]
    found += [f"{line.plan} was not bought." for plan, line in before.items() if plan not in after]
    added = [line for plan, line in after.items() if plan not in before]
    return found + [f"{line.plan} was bought in addition." for line in added]


def _by_plan(estimate: Estimate) -> dict[int | str, Line]:
    """Return the lines by their plans' ids, which stay the same when a plan is renamed."""
    return {line.plan_id or line.plan: line for line in estimate.lines}


def _line(before: Line, after: Line) -> list[str]:
    found = []
    if before.agents != after.agents:
        found.append(f"{after.plan}: {after.agents:,} agents instead of {before.agents:,}.")
    if before.billing_cycle != after.billing_cycle:
        cycles = f"{billed(after.billing_cycle)} instead of {billed(before.billing_cycle)}"
        found.append(f"{after.plan}: billed {cycles}.")
    if (before.monthly_price, before.agreed_annual) != (after.monthly_price, after.agreed_annual):
        found.append(f"{after.plan}: {_price(after)} instead of {_price(before)}.")
    return found


def _price(line: Line) -> str:
    if line.agreed_annual is not None:
        return f"an agreed {usd(line.agreed_annual)} a year"
    if line.monthly_price is None:
        return "a price per deal"
    if line.price_from is None:
        return f"an agreed {usd(line.monthly_price)} a month"
    since = date_format(line.price_from)
    return f"the list price of {usd(line.monthly_price)} a month (from {since})"
