"""Counting that stops: nobody reads past the thousandth row, so no database counts past it."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST = 1_000


class OrMore(int):
    """A number of rows that is only the least there are: reads `1,000+` wherever it is shown."""

    def __str__(self) -> str:
        return f"{self.least}+"

    @property
    def least(self) -> str:
        """How many there are at least, in words."""
        return f"{int(self):,}"


class BoundedPaginator(Paginator):
    """Pages of the first thousand rows, at the cost of counting one row more."""

    @cached_property
    def count(self) -> int:
        """The number of rows, `OrMore(1000)` where there are more than that."""
        assert isinstance(self.object_list, QuerySet)  # noqa: S101 - the changelist gives no other
        found = self.object_list.order_by()[: MOST + 1].count()
        return OrMore(MOST) if found > MOST else found
