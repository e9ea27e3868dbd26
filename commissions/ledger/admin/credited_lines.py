"""Filling the form of a correction with the credited lines."""

from collections.abc import Sequence

from commissions.calculator import Estimate, Line
from commissions.catalog.lines import PREFIX, Answers
from commissions.catalog.models import Plan


def as_credited(estimate: Estimate, plans: Sequence[Plan]) -> Answers:
    """Return the form's answers for the deal as credited; a deleted plan is left unselected."""
    answers: Answers = {}
    for index, line in enumerate(estimate.lines):
        is_agreed = line.price_from is None and line.agreed_annual is None
        values = {
            "plan": line.plan_id if _is_known(line, plans) else None,
            "agents": line.agents,
            "billing_cycle": line.billing_cycle,
            "agreed_price": line.monthly_price if is_agreed else None,
            "agreed_annual": line.agreed_annual,
        }
        for name, value in values.items():
            answers[f"{PREFIX}-{index}-{name}"] = "" if value is None else str(value)
    return answers


def unknown_plans(estimate: Estimate, plans: Sequence[Plan]) -> list[str]:
    """Return the plans of a credited deal that the catalog lacks, by their names at that time."""
    return [line.plan for line in estimate.lines if not _is_known(line, plans)]


def _is_known(line: Line, plans: Sequence[Plan]) -> bool:
    return any(plan.pk == line.plan_id for plan in plans)
