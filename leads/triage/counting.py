"""Counting with a limit: nobody reads that far into a list, so no database counts past it."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from leads.models.lead import LeadQuerySet
from leads.search import first_ids

MOST = 1_000
# Who searches and finds more narrows the search.
MOST_FOUND = 100
NEAR = 5_000


@dataclass(frozen=True)
class Counted:
    """How many rows are listed, and whether there are more; printed as `27` or `1,000+`."""

    number: int
    is_bounded: bool

    @classmethod
    def up_to(cls, most: int, counted: int) -> "Counted":
        """Return the count of rows that were counted up to one more than `most`."""
        return cls(min(counted, most), is_bounded=counted > most)

    def __str__(self) -> str:
        return f"{self.listed}+" if self.is_bounded else self.listed

    @property
    def listed(self) -> str:
        """The number of rows that the pages list, in words."""
        return f"{self.number:,}"


def found(leads: LeadQuerySet, text: str, partner_id: int | None) -> LeadQuerySet:
    """Return the first hundred of the ordered `leads` that hold every word of `text`, counted."""
    ids = first_ids(leads, text, MOST_FOUND + 1, partner_id, NEAR)
    rows = leads.filter(pk__in=ids)
    rows.counted = Counted.up_to(MOST_FOUND, len(ids))  # type: ignore[attr-defined]
    return rows


class BoundedPaginator(Paginator):
    """Pages of the first thousand rows, at the cost of counting one row more."""

    @cached_property
    def counted(self) -> Counted:
        """The rows on the pages, and whether there are more behind them."""
        assert isinstance(self.object_list, QuerySet)  # noqa: S101 - the changelist gives no other
        known: Counted | None = getattr(self.object_list, "counted", None)
        return known or Counted.up_to(
            MOST, self.object_list.order_by().values("pk")[: MOST + 1].count()
        )

    @cached_property
    def count(self) -> int:
        """The number of rows on the pages."""
        return self.counted.number
