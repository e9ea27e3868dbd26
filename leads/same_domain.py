"""The customer's other leads, found by domain, for those who decide about one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Value, When, Window
from django.db.models.functions import RowNumber

from commissions.ledger.credits import credited_now
from leads.models import Lead
from leads.status import Status

SHOWN = 20  # of one lead
SHOWN_OF_MANY = 5  # of each of many leads

_WON_FIRST = Case(
    When(status=Status.WON, then=Value(0)), default=Value(1), output_field=IntegerField()
)


@dataclass(frozen=True, slots=True)
class SameDomain:
    """The other leads of a lead's domain: the first ones, won ones before the newest, and all."""

    leads: Sequence[Lead] = ()
    count: int = 0

    @property
    def has_more(self) -> bool:
        """Whether there are more leads than are shown."""
        return self.count > len(self.leads)

    @property
    def won(self) -> list[Lead]:
        """Those of the shown that are won."""
        return [lead for lead in self.leads if lead.status == Status.WON]


def same_domain(lead: Lead) -> SameDomain:
    """Return the other leads of the lead's domain, with partner and `credited`. One query."""
    return same_domains([lead], SHOWN)[lead.pk]


def same_domains(leads: Sequence[Lead], most: int = SHOWN_OF_MANY) -> dict[int, SameDomain]:
    """Return by lead's id the other leads of its domain, `most` of each. One query for all."""
    ranked = (
        Lead.objects.filter(domain__in={lead.domain for lead in leads})
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F("domain"),
                order_by=[_WON_FIRST.asc(), F("submitted_at").desc(), F("pk").desc()],
            ),
            credited=credited_now("reference"),
            of_domain=Window(Count("pk"), partition_by=F("domain")),
        )
        # The lead itself may be one of them.
        .filter(place__lte=most + 1)
        .select_related("partner")
        .order_by("place")
    )
    by_domain: dict[str, list[Lead]] = {}
    for other in ranked:
        by_domain.setdefault(other.domain, []).append(other)
    found = {}
    for lead in leads:
        known = by_domain.get(lead.domain, [])
        others = [other for other in known if other.pk != lead.pk][:most]
        count = known[0].of_domain - 1 if known else 0  # type: ignore[attr-defined]
        found[lead.pk] = SameDomain(others, count)
    return found
