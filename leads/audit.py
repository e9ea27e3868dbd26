"""What the audit compares with the leads: wins with credits, counters with what they count.

Each check streams; none queries the database once per row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from commissions.calculator import CalculationError, Line, annual_value, commission
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import histories
from commissions.ledger.chain import Fault
from commissions.ledger.histories import RowFault
from commissions.ledger.models import LedgerEntry
from commissions.ledger.snapshot import Scope
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import Source
from leads.status import Status

COMMISSION = LedgerEntry.Kind.COMMISSION.value
WON = Status.WON.value
# What a final line's value is computed from
Sold = tuple[int | None, Decimal | None, Decimal | None]
Earned = Callable[[str, int, tuple[Sold, ...]], Decimal]


@dataclass(frozen=True, slots=True)
class LeadFault:
    """A lead that does not fit its credit."""

    reference: str
    problem: str

    def __str__(self) -> str:
        return f"Lead {self.reference}: {self.problem}"


@dataclass(frozen=True, slots=True)
class CountFault:
    """A counter that does not match the number of leads."""

    partner: int
    status: str
    counted: int
    actual: int

    def __str__(self) -> str:
        return (
            f"Partner {self.partner}: says that it has {self.counted} leads "
            f"{_label(self.status)}, there are {self.actual}"
        )


def audit(scope: Scope) -> Iterator[Fault | LeadFault | CountFault | RowFault]:
    """Yield what is wrong between leads, history, ledger and counters; call it in `snapshot`."""
    yield from histories.faults(Lead, scope, "partner", "reference")
    yield from _agreements(scope)
    yield from _wins(scope)
    yield from _credits(scope)
    yield from _counters(scope)


class Win(NamedTuple):
    """A lead that is won or has a credit, with one of its final lines (or None for each part)."""

    lead: int
    agents: int | None
    price: Decimal | None
    agreed: Decimal | None
    line: int | None
    type: str
    terms: int
    amount: Decimal | None
    status: str
    kind: str | None
    reference: str
    credited: str | None
    partner: int
    paid: int | None


def _agreements(scope: Scope) -> Iterator[LeadFault]:
    """Compare each submission and its agreements with the history and the terms of that day."""
    leads = scope.of_partner(Lead.objects.order_by("pk"), "partner")
    if scope.since is not None:
        leads = leads.filter(submitted_at__gte=scope.since)
    submitted = LeadEvent.objects.filter(
        lead=OuterRef("pk"), number=1, at=OuterRef("submitted_at"), actor=OuterRef("submitted_by")
    )
    agreed = Q(
        lead_is_informed_at=F("submitted_at"),
        accepts_requirements_at=F("submitted_at"),
        agreed_by=F("submitted_by"),
    )
    for wrong, problem in (
        (leads.filter(~Exists(submitted)), "was not submitted when and by whom its history says"),
        (leads.filter(source=Source.FORM).exclude(agreed), "was not agreed to when it was sent"),
        (leads.exclude(_terms_of_their_day()), "does not have the terms of its day"),
    ):
        for reference in wrong.values_list("reference", flat=True).iterator():
            yield LeadFault(reference, problem)


def _terms_of_their_day() -> Q:
    """Return the condition that a lead has the terms of the day it was submitted."""
    rows = list(CommissionTerms.objects.order_by("valid_from").values_list("pk", "valid_from"))
    days = [timezone.make_aware(datetime.combine(day, time.min)) for _, day in rows]
    fitting = Q(pk__in=[])
    for (pk, _), begin, end in zip(rows, days, [*days[1:], None], strict=True):
        period = Q(terms=pk, submitted_at__gte=begin)
        fitting |= period & Q(submitted_at__lt=end) if end else period
    return fitting


def _label(status: str) -> str:
    """Return the status in words; an unknown one as it is stored."""
    return str(Status(status).label) if status in Status.values else status


def _wins(scope: Scope) -> Iterator[LeadFault]:
    """Check every won lead's credit: that it is there, is the lead's, and of the right amount."""
    leads = scope.of_partner(Lead.objects.order_by("pk"), "partner", "credit__account__partner")
    leads = leads.filter(Q(status=WON) | Q(credit__isnull=False))
    if scope.since is not None:
        leads = leads.filter(Q(credit__posted_at__gte=scope.since) | Q(credit__number=None))
    final = FilteredRelation("lines", condition=Q(lines__stage=DealLine.Stage.FINAL))
    sold = leads.annotate(sold=final).values_list(
        "pk",
        "sold__agents",
        "sold__monthly_price",
        "sold__agreed_annual",
        "sold__pk",
        "commission_type",
        "terms_id",
        "credit__amount",
        "status",
        "credit__kind",
        "reference",
        "credit__reference",
        "partner_id",
        "credit__account__partner_id",
    )
    earned = _earned()
    for _, of_lead in groupby(sold.iterator(), key=itemgetter(0)):
        rows = list(of_lead)
        lead = Win._make(rows[0])
        for problem in _problems_of_win(lead, rows, earned):
            yield LeadFault(lead.reference, problem)


def _problems_of_win(lead: Win, rows: list[tuple[Any, ...]], earned: Earned) -> Iterator[str]:
    if lead.status != WON:
        yield f"has a credit, yet it is {_label(lead.status)}"
    if lead.kind is None:
        yield "is won and has no credit"
        return
    if lead.kind != COMMISSION:
        yield f"is credited by an entry of the kind {lead.kind}"
    if lead.credited != lead.reference:
        yield f"is credited by the entry of {lead.credited}"
    if lead.paid != lead.partner:
        yield f"is of partner {lead.partner}, its credit went to partner {lead.paid}"
    if lead.line is None:
        yield "is won and has no final lines"
        return
    try:
        amount = earned(lead.type, lead.terms, tuple(row[1:4] for row in rows))
    except (CalculationError, ValueError) as error:
        yield f"was sold with lines that come to nothing: {error}"
        return
    if lead.amount != amount:
        yield f"earned {amount} by its final lines, its credit is of {lead.amount}"


def _earned() -> Earned:
    """Return what computes a commission from its type, its terms' id and the final lines."""
    terms = {row.pk: row.as_calculated() for row in CommissionTerms.objects.all()}

    # Many deals are alike, so the results are cached.
    @lru_cache(maxsize=8192)
    def earned(type_: str, terms_id: int, sold: tuple[Sold, ...]) -> Decimal:
        lines = [
            Line("", agents, "", monthly_price=price, agreed_annual=agreed)
            for agents, price, agreed in sold
        ]
        return commission(type_, annual_value(lines), terms[terms_id])

    return earned


def _credits(scope: Scope) -> Iterator[Fault]:
    """Find unreversed commissions, and corrections, that no won lead names."""
    reversals = LedgerEntry.objects.filter(refers_to=OuterRef("pk"), kind=LedgerEntry.Kind.REVERSAL)
    won = Lead.objects.filter(reference=OuterRef("reference"), status=WON)
    unnamed = Q(kind=COMMISSION) & (Q(lead=None) | ~Q(lead__status=WON))
    orphans = scope.entries().filter(
        unnamed | Q(kind=LedgerEntry.Kind.CORRECTION) & ~Exists(won), ~Exists(reversals)
    )
    for account, number, reference in orphans.values_list(
        "account_id", "number", "reference"
    ).iterator():
        yield Fault(account, number, f"credits {reference}, which is no lead won with it")


def _counters(scope: Scope) -> Iterator[CountFault]:
    """Compare every counter with the leads it counts, and find counters that are missing."""
    leads = Lead.objects.order_by().filter(partner=OuterRef("partner"), status=OuterRef("status"))
    number = leads.values("partner").annotate(number=Count("pk")).values("number")
    counters = scope.of_partner(LeadCount.objects.order_by("partner", "pk"), "partner")
    wrong = counters.annotate(actual=Coalesce(Subquery(number), 0)).exclude(count=F("actual"))
    for row in wrong.iterator():
        yield CountFault(row.partner_id, row.status, row.count, row.actual)
    counted = LeadCount.objects.filter(partner=OuterRef("partner"), status=OuterRef("status"))
    uncounted = scope.of_partner(Lead.objects.order_by(), "partner").filter(~Exists(counted))
    for partner, status, actual in _by_status(uncounted):
        yield CountFault(partner, status, 0, actual)


def _by_status(leads: QuerySet[Lead]) -> Iterator[tuple[int, str, int]]:
    counted = leads.values_list("partner_id", "status").annotate(number=Count("pk"))
    yield from counted.iterator()
