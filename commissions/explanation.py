"""A sum frozen with all it was computed from, so that anyone can compute it again years later.

The text is canonical JSON (sorted keys, no spaces, UTF-8 as it is), so that equal explanations are
equal texts and hash alike on every database. Amounts are strings of US dollars.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from commissions.calculator import Estimate, Line, Terms, commission_words

ROUNDING = "half up to the cent, once"


def canonical(content: dict[str, Any]) -> str:
    """Return `content` as canonical JSON. Raises TypeError for a float and what JSON cannot hold."""
    _refuse_floats(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def freeze(estimate: Estimate, commission_type: str) -> str:
    """Return canonical JSON of the lines, prices, terms, rounding and steps behind a commission."""
    value = estimate.annual_value
    return canonical(
        {
            "lines": [_freeze_line(line) for line in estimate.lines],
            "terms": {
                "valid_from": estimate.terms.valid_from.isoformat(),
                "flat_fee": str(estimate.terms.flat_fee),
                "share_percent": str(estimate.terms.share_percent),
            },
            "commission_type": str(commission_type),
            "annual_value": str(value),
            "amount": str(estimate.commission(commission_type)),
            "rounding": ROUNDING,
            "steps": [
                *(f"{line.plan}: {line.words}" for line in estimate.lines),
                commission_words(commission_type, value, estimate.terms),
            ],
        }
    )


def thaw(text: str) -> Estimate:
    """Return the estimate that `freeze` froze, for the calculator to compute again.

    Raises ValueError or KeyError where the text is not such an explanation.
    """
    content = json.loads(text)
    terms = content["terms"]
    return Estimate(
        lines=tuple(_thaw_line(line) for line in content["lines"]),
        terms=Terms(
            valid_from=date.fromisoformat(terms["valid_from"]),
            flat_fee=Decimal(terms["flat_fee"]),
            share_percent=Decimal(terms["share_percent"]),
        ),
    )


def _freeze_line(line: Line) -> dict[str, Any]:
    return {
        "plan": line.plan,
        "agents": line.agents,
        "billing_cycle": line.billing_cycle,
        "monthly_price": None if line.monthly_price is None else str(line.monthly_price),
        "price_from": None if line.price_from is None else line.price_from.isoformat(),
        "agreed_annual": None if line.agreed_annual is None else str(line.agreed_annual),
        "annual_value": None if line.annual_value is None else str(line.annual_value),
    }


def _thaw_line(line: dict[str, Any]) -> Line:
    return Line(
        plan=line["plan"],
        agents=line["agents"],
        billing_cycle=line["billing_cycle"],
        monthly_price=None if line["monthly_price"] is None else Decimal(line["monthly_price"]),
        price_from=None if line["price_from"] is None else date.fromisoformat(line["price_from"]),
        agreed_annual=None if line["agreed_annual"] is None else Decimal(line["agreed_annual"]),
    )


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A float has no place in an explanation.")
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _refuse_floats(part)
