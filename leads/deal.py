"""What a deal's lines amount to: the estimate, and whether it is what sales look for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commissions.calculator import CommissionType, Estimate, Line, percent
from commissions.catalog.price_list import Choice, price_lines
from commissions.catalog.terms import CommissionTerms
from leadportal.money import usd
from leads.models.lead import Employees


@dataclass(frozen=True, slots=True)
class Option:
    """One way of being paid: its sum in US dollars (None: not known yet) and how it comes about."""

    type: str
    label: str
    sum: Decimal | None
    words: str
    advantage: str


@dataclass(frozen=True, slots=True)
class DealEstimate:
    """The deal page's sums: how each typed line is reckoned (or nothing), both commissions."""

    line_words: list[str]
    estimate: Estimate
    warning: str

    @property
    def options(self) -> list[Option]:
        """The fixed fee and the share side by side, the better one saying by how much."""
        share = f"{percent(self.estimate.terms.share_percent)} of the annual value"
        labels = {CommissionType.REV_SHARE: share}
        return [self._option(type_, labels.get(type_, type_.label)) for type_ in CommissionType]

    @property
    def numbered_lines(self) -> list[tuple[int, Line]]:
        """Each reckoned line with its place on the page, from 0; others may stand between them."""
        places = [place for place, words in enumerate(self.line_words) if words]
        return list(zip(places, self.estimate.lines, strict=True))

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


def estimate(choices: Sequence[Choice], terms: CommissionTerms, day: date) -> Estimate:
    """Return both commissions for what was chosen by the price list of `day`, in US dollars."""
    return Estimate(tuple(price_lines(choices, day)), terms.as_calculated())


def total_agents(lines: Iterable[Line]) -> int:
    """Return the agents of all lines; plans priced for the whole account do not count."""
    return sum(line.agents or 0 for line in lines)


def meets_criteria(agents: int, employees: str, terms: CommissionTerms) -> bool:
    """Return whether the deal is of the size sales look for (the brief's recommendations).

    That is at least so many agents, or more than so many employees; where those are not known,
    the agents alone decide.
    """
    if agents >= terms.minimum_agents:
        return True
    return bool(employees) and Employees(employees).at_least > terms.minimum_employees


def size_warning(estimate: Estimate, employees: str, terms: CommissionTerms) -> str:
    """Return why sales may find the deal small, or nothing. `employees` is as it was typed."""
    known = employees if employees in Employees.values else ""
    if not estimate.lines or meets_criteria(total_agents(estimate.lines), known, terms):
        return ""
    return (
        f"This is below what sales look for: at least {terms.minimum_agents} agents, or more than "
        f"{terms.minimum_employees} employees. You can submit it all the same."
    )
