"""A deal's estimate, and whether the deal is large enough for sales."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from commissions.calculator import CommissionType, Estimate, Line, percent
from commissions.catalog.price_list import Choice, Listed, price_lines
from commissions.catalog.terms import CommissionTerms
from leadportal.money import usd
from leads.models.lead import Employees


@dataclass(frozen=True, slots=True)
class Option:
    """One commission type: its amount in US dollars (None if not known yet) and its calculation."""

    type: str
    label: str
    sum: Decimal | None
    words: str
    advantage: str


@dataclass(frozen=True, slots=True)
class DealEstimate:
    """What the deal page shows: each line's calculation ("" if incomplete), both commissions."""

    line_words: list[str]
    estimate: Estimate
    warning: str

    @property
    def options(self) -> list[Option]:
        """The fixed fee and the share; the better one says how much more it pays."""
        share = f"{percent(self.estimate.terms.share_percent)} of the annual value"
        labels = {CommissionType.REV_SHARE: share}
        return [self._option(type_, labels.get(type_, type_.label)) for type_ in CommissionType]

    @property
    def numbered_lines(self) -> list[tuple[int, Line]]:
        """Each computed line with its index on the page; incomplete lines are left out."""
        places = [place for place, words in enumerate(self.line_words) if words]
        return list(zip(places, self.estimate.lines, strict=True))

    def digest(self, commission_type: str) -> str:
        """Return a digest of what the summary shows: lines, annual value and chosen commission."""
        lines = [f"{line.plan}: {line.words}" for line in self.estimate.lines]
        chosen = [
            f"{each.sum} {each.words}" for each in self.options if each.type == commission_type
        ]
        shown = "\n".join([*lines, str(self.estimate.annual_value), *chosen])
        return blake2b(shown.encode(), digest_size=8).hexdigest()

    def _option(self, type_: CommissionType, label: str) -> Option:
        estimate = self.estimate
        is_known = type_ is CommissionType.FLAT_FEE or any(
            line.is_priced for line in estimate.lines
        )
        is_better = estimate.better is type_
        return Option(
            type=type_.value,
            label=label,
            sum=estimate.commission(type_) if is_known else None,
            words=estimate.words(type_) if is_known and type_ is CommissionType.REV_SHARE else "",
            advantage=f"Pays {usd(estimate.difference)} more" if is_better else "",
        )


def estimate(
    choices: Sequence[Choice], terms: CommissionTerms, day: date, listed: Listed | None = None
) -> Estimate:
    """Return both commissions, in US dollars, for the chosen lines at the prices of `day`.

    `listed` are that day's list prices, if they are at hand.
    """
    return Estimate(tuple(price_lines(choices, day, listed)), terms.as_calculated())


def total_agents(lines: Iterable[Line]) -> int:
    """Return the number of agents in all lines; plans priced per account have none."""
    return sum(line.agents or 0 for line in lines)


def meets_criteria(agents: int, employees: str, terms: CommissionTerms) -> bool:
    """Return whether the deal is as large as the terms recommend.

    That is at least `minimum_agents`, or more than `minimum_employees`. If the number of employees
    is not known, only the agents count.
    """
    if agents >= terms.minimum_agents:
        return True
    return bool(employees) and Employees(employees).at_least > terms.minimum_employees


def size_warning(estimate: Estimate, employees: str, terms: CommissionTerms) -> str:
    """Return a warning if the deal is small, else "". `employees` is what was typed."""
    known = employees if employees in Employees.values else ""
    if not estimate.lines or meets_criteria(total_agents(estimate.lines), known, terms):
        return ""
    return (
        f"This is smaller than what sales looks for: at least {terms.minimum_agents} agents, or "
        f"more than {terms.minimum_employees} employees. You can still submit it."
    )
