"""An amount frozen with everything it was computed from, so that it can be recomputed years later.

The text is canonical JSON (sorted keys, no spaces, UTF-8 unescaped), so that equal explanations are
equal texts with equal hashes on every database. Amounts are strings of US dollars.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Never

from commissions.calculator import (
    CommissionType,
    Estimate,
    Line,
    Terms,
    annual_value_words,
    billed,
    commission,
    commission_words,
    percent,
)
from leadportal.money import round_to_cent, usd

_REASON = "Reason: "
ROUNDING = "half up to the cent, once"


class Unreadable(ValueError):
    """A text that is not an explanation of a commission."""


class Inconsistent(ValueError):
    """An explanation whose own figures do not follow from one another."""


def canonical(content: dict[str, Any]) -> str:
    """Return `content` as canonical JSON. Raises TypeError for a float, which is not exact."""
    _refuse_floats(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Signing:
    """What a credit depends on besides its lines and terms.

    The customer signed on `signed_on`, whose price list applies; the commission was first credited
    on `credited_on`, when the holding period begins. Both are days in BUSINESS_TIME_ZONE.
    `zero_reason` says why something is paid for a deal, or a line, worth $0.00; else it is empty.
    """

    signed_on: date
    credited_on: date
    zero_reason: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """What the explanation of a credit comes to: the amount in US dollars, and its days."""

    amount: Decimal
    signing: Signing
    available_on: date


def freeze(estimate: Estimate, commission_type: str) -> str:
    """Return canonical JSON of the lines, prices, terms, rounding and steps behind an estimate."""
    return canonical(_content(estimate, commission_type))


def freeze_credit(estimate: Estimate, commission_type: str, signing: Signing) -> str:
    """Return canonical JSON of everything behind a credited commission, including its days."""
    return canonical(
        _content(estimate, commission_type, signing.zero_reason)
        | {
            "signed_on": signing.signed_on.isoformat(),
            "credited_on": signing.credited_on.isoformat(),
            "zero_reason": signing.zero_reason,
        }
    )


def _content(estimate: Estimate, commission_type: str, zero_reason: str = "") -> dict[str, Any]:
    value = estimate.annual_value
    return {
        "lines": [_freeze_line(line) for line in estimate.lines],
        "terms": {
            "valid_from": estimate.terms.valid_from.isoformat(),
            "flat_fee": _dollars(estimate.terms.flat_fee),
            "share_percent": percent(estimate.terms.share_percent).removesuffix("%"),
            "holding_days": estimate.terms.holding_days,
        },
        "commission_type": str(CommissionType(commission_type)),
        "annual_value": _dollars(value),
        "amount": _dollars(estimate.commission(commission_type)),
        "rounding": ROUNDING,
        "steps": _steps(estimate, commission_type, zero_reason),
    }


def _steps(estimate: Estimate, commission_type: str, zero_reason: str) -> list[str]:
    return [
        *(f"{line.plan}: {line.words}" for line in estimate.lines),
        *annual_value_words(estimate.lines),
        *([f"Reason for paying at a price of $0.00: {zero_reason}"] if zero_reason else []),
        commission_words(commission_type, estimate.annual_value, estimate.terms),
    ]


def thaw(text: str) -> Estimate:
    """Return the estimate that `freeze` froze, so that the calculator can compute it again.

    Raises Unreadable if the text is not such an explanation.
    """
    return _thaw(read(text))


def recompute(text: str) -> Decimal:
    """Return the commission in US dollars, computed again from the lines, prices and terms.

    Raises Unreadable if the text explains no commission, Inconsistent if a figure in it is not the
    one that follows. Steps are not compared: their wording may change over the years.
    """
    return _recompute(read(text))


def recompute_credit(text: str) -> Credit:
    """Return what the explanation of a credit comes to, computed again from its figures.

    Raises what `recompute` raises, Unreadable where the days are missing, and Inconsistent where a
    fixed fee is paid for something worth $0.00 without a reason.
    """
    content = read(text)
    amount = _recompute(content)
    signing, estimate = _signing(content), _thaw(content)
    if estimate.pays_for_nothing(content["commission_type"]) and not signing.zero_reason:
        raise Inconsistent("The fixed fee is paid at a price of $0.00 without a reason.")
    days = timedelta(days=estimate.terms.holding_days)
    try:
        return Credit(amount, signing, signing.credited_on + days)
    except OverflowError as error:
        raise Unreadable(f"This explains no commission: {error!r}") from error


def signing_of(text: str) -> Signing:
    """Return the days of a credit, and its reason at a price of $0.00. Raises Unreadable."""
    return _signing(read(text))


def own_steps(text: str) -> list[str]:
    """Return the steps of a credit's computation, without what a correction adds to them."""
    content = read(text)
    return _steps(_thaw(content), content["commission_type"], _signing(content).zero_reason)


def _recompute(content: dict[str, Any]) -> Decimal:
    estimate = _thaw(content)
    value = estimate.annual_value
    try:
        amount = commission(content["commission_type"], value, estimate.terms)
        stated = [*(line["annual_value"] for line in content["lines"]), content["annual_value"]]
        stated.append(content["amount"])
    except (KeyError, ValueError, InvalidOperation) as error:
        raise Unreadable(f"This explains no commission: {error!r}") from error
    follows = [_dollars_or_none(line.annual_value) for line in estimate.lines]
    follows += [_dollars(value), _dollars(amount)]
    if stated != follows:
        raise Inconsistent(f"The explanation states {stated}, but {follows} follows.")
    return amount


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line's step as it was frozen, and where its price came from."""

    step: str
    source: str


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation for a page or an email: frozen words in order, the amount in US dollars.

    `sums` end with the step that comes to the commission; `notes` are what a correction adds.
    An entry without a deal (such as an adjustment) has only steps and an amount.
    """

    lines: tuple[ExplainedLine, ...]
    sums: tuple[str, ...]
    notes: tuple[str, ...]
    omission: str
    commission_type: str
    terms: str
    rounding: str
    amount: Decimal
    signed_on: date | None = None


def present(text: str) -> Explained:
    """Return the explanation for `commissions/_explanation.html`. Raises Unreadable."""
    content = read(text)
    try:
        lines, terms = content.get("lines", []), content.get("terms")
        chosen = content.get("commission_type")
        estimate = _thaw(content) if lines else None
        own = len(content["steps"])
        if estimate and chosen and "signed_on" in content:
            own = len(_steps(estimate, chosen, _signing(content).zero_reason))
        return Explained(
            lines=tuple(
                ExplainedLine(step, _source(line))
                for step, line in zip(content["steps"], lines, strict=False)
            ),
            sums=tuple(content["steps"][len(lines) : own]),
            notes=tuple(content["steps"][own:]),
            omission=estimate.omission if estimate else "",
            commission_type=CommissionType(chosen).label if chosen else "",
            terms=_terms_words(terms) if terms else "",
            rounding=content.get("rounding", ""),
            amount=Decimal(content["amount"]),
            signed_on=_signing(content).signed_on if "signed_on" in content else None,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Unreadable(f"This explains no sum: {error!r}") from error


def steps(text: str) -> list[str]:
    """Return how the amount was computed, line by line, as plain text."""
    return list(read(text)["steps"])


def reason_step(reason: str) -> str:
    """Return the step that states the given reason."""
    return f"{_REASON}{reason}"


def given_reason(text: str) -> str:
    """Return the reason that the explanation states, "" if it states none. Raises Unreadable."""
    stated = [step for step in map(str, read(text).get("steps", [])) if step.startswith(_REASON)]
    return stated[-1].removeprefix(_REASON) if stated else ""


def read(text: str) -> dict[str, Any]:
    """Return the content of the canonical JSON. Raises Unreadable, also for a float."""
    try:
        content = _decode(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("This is not an explanation: not JSON.") from error
    if not isinstance(content, dict):
        raise Unreadable("This is not an explanation: no object.")
    return content


def _dollars(amount: Decimal) -> str:
    return str(round_to_cent(amount))


def _dollars_or_none(amount: Decimal | None) -> str | None:
    return None if amount is None else _dollars(amount)


def _source(line: dict[str, Any]) -> str:
    billing = f"billed {billed(line['billing_cycle'])}"
    if line["annual_value"] is None:
        return billing
    if line["price_from"] is None:
        return f"{billing}, agreed for this deal"
    return f"{billing}, list price since {_day(line['price_from'])}"


def _terms_words(terms: dict[str, Any]) -> str:
    fee, share = Decimal(terms["flat_fee"]), Decimal(terms["share_percent"])
    days = terms["holding_days"]
    held = f", available after {days} {'day' if days == 1 else 'days'}" if days else ""
    return (
        f"Terms since {_day(terms['valid_from'])}: {usd(fee)} fixed fee or {percent(share)}{held}"
    )


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b %Y}"


def _freeze_line(line: Line) -> dict[str, Any]:
    return {
        "plan": line.plan,
        "plan_id": line.plan_id,
        "agents": line.agents,
        "billing_cycle": str(line.billing_cycle),
        "monthly_price": _dollars_or_none(line.monthly_price),
        "price_from": None if line.price_from is None else line.price_from.isoformat(),
        "agreed_annual": _dollars_or_none(line.agreed_annual),
        "annual_value": _dollars_or_none(line.annual_value),
    }


def _thaw(content: dict[str, Any]) -> Estimate:
    try:
        terms = content["terms"]
        return Estimate(
            lines=tuple([_line(*map(line.__getitem__, _LINE)) for line in content["lines"]]),
            terms=_terms(*map(terms.__getitem__, _TERMS)),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Unreadable(f"This explains no commission: {error!r}") from error


# A program has a handful of terms, and an audit thaws them a million times.
@lru_cache(maxsize=64, typed=True)
def _terms(valid_from: str, flat_fee: str, share_percent: str, holding_days: int) -> Terms:
    valid = date.fromisoformat(valid_from)
    return Terms(valid, Decimal(flat_fee), Decimal(share_percent), holding_days)


def _signing(content: dict[str, Any]) -> Signing:
    try:
        reason = content["zero_reason"]
        signed_on = date.fromisoformat(content["signed_on"])
        credited_on = date.fromisoformat(content["credited_on"])
        if not isinstance(reason, str):
            raise TypeError(f"A reason is a text, not {reason!r}")
        return Signing(signed_on, credited_on, reason)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"This explains no credit: {error!r}") from error


_TERMS = ("valid_from", "flat_fee", "share_percent", "holding_days")
_LINE = (
    *("plan", "agents", "billing_cycle", "monthly_price", "price_from", "agreed_annual"),
    "plan_id",
)


# Most lines are like many others, too. By type: true is not 1 agent.
@lru_cache(maxsize=8192, typed=True)
def _line(
    plan: str,
    agents: int | None,
    billing_cycle: str,
    monthly_price: str | None,
    price_from: str | None,
    agreed_annual: str | None,
    plan_id: int | None,
) -> Line:
    return Line(
        plan=plan,
        agents=agents,
        billing_cycle=billing_cycle,
        monthly_price=None if monthly_price is None else Decimal(monthly_price),
        price_from=None if price_from is None else date.fromisoformat(price_from),
        agreed_annual=None if agreed_annual is None else Decimal(agreed_annual),
        plan_id=plan_id,
    )


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A float has no place in an explanation.")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


def _refuse_literal(literal: str) -> Never:
    raise ValueError(f"{literal} may be a float, which has no place in an explanation.")


# Made once: an audit reads a million texts.
_decode = json.JSONDecoder(parse_float=_refuse_literal, parse_constant=_refuse_literal).decode
