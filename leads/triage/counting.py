"""Counting that stops: nobody reads so far in one list, so no database counts past it."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from leads.models.lead import LeadQuerySet
from leads.search import first_ids

MOST = 1_000
# Who searches and finds more narrows the search.
MOST_FOUND = 100
NEAR = 5_000


class OrMore(int):
    """A number of rows that is only the least there are: reads `1,000+` wherever it is shown."""

    def __str__(self) -> str:
        return f"{self.least}+"

    @property
    def least(self) -> str:
        """How many there are at least, in words."""
        return f"{int(self):,}"


def found(leads: LeadQuerySet, text: str, partner_id: int | None) -> LeadQuerySet:
    """Return the first hundred of the ordered `leads` that hold every word of `text`, counted."""
    ids = first_ids(leads, text, MOST_FOUND + 1, partner_id, NEAR)
    rows = leads.filter(pk__in=ids)
    rows.known_count = OrMore(MOST_FOUND) if len(ids) > MOST_FOUND else len(ids)  # type: ignore[attr-defined]
    return rows


class BoundedPaginator(Paginator):
    """Pages of the first thousand rows, at the cost of counting one row more."""

    @cached_property
    def count(self) -> int:
        """The number of rows, `OrMore(1000)` where there are more than that."""
        assert isinstance(self.object_list, QuerySet)  # noqa: S101 - the changelist gives no other
        known: int | None = getattr(self.object_list, "known_count", None)
        if known is not None:
            return known
        counted = self.object_list.order_by()[: MOST + 1].count()
        return OrMore(MOST) if counted > MOST else counted
