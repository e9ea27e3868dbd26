"""Keyset pagination: a page is found by the position of its neighbor, never by counting."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

PER_PAGE = 25

Row = TypeVar("Row", bound=Model)
Place = tuple[datetime | int | UUID, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# No more digits than a date, and a number in the database, can have
_DIGITS = {datetime: "[0-9]{1,17}", int: "[0-9]{1,18}", UUID: "[0-9a-f]{32}"}


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, newest first, and the cursors of the pages beside it ("" for none).

    The newer page is asked for by `after=newer`, the older one by `before=older`.
    """

    rows: list[Row]
    newer: str = ""
    older: str = ""


class Keyset:
    """The order of a list: columns that together are unique, the newest row first.

    `Keyset(submitted_at=datetime, id=int)` names the columns and the types of their values. A
    row's *place* is the tuple of those values; a *cursor* is a place as a URL carries it.
    """

    def __init__(self, **columns: type) -> None:
        self.columns = columns
        self._cursor = re.compile("-".join(f"({_DIGITS[type_]})" for type_ in columns.values()))

    def place_of(self, row: Model) -> Place:
        """Return the row's place."""
        return tuple(getattr(row, name) for name in self.columns)

    def cursor(self, place: Place) -> str:
        """Return the place as a URL carries it; times as microseconds since 1970."""
        return "-".join(map(_written, place))

    def parse(self, cursor: str) -> Place | None:
        """Return the place that a cursor names, None where the text is not a cursor."""
        match = self._cursor.fullmatch(cursor)
        if match is None:
            return None
        return tuple(map(_read, self.columns.values(), match.groups()))

    def older(self, rows: QuerySet[Row], place: Place) -> QuerySet[Row]:
        """Return those of `rows` that come after the place in the list."""
        return self._beyond(rows, place, TupleLessThan, "lte")

    def newer(self, rows: QuerySet[Row], place: Place) -> QuerySet[Row]:
        """Return those of `rows` that come before the place in the list."""
        return self._beyond(rows, place, TupleGreaterThan, "gte")

    def newest_first(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the rows in the order of the list."""
        return rows.order_by(*(f"-{name}" for name in self.columns))

    def oldest_first(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the rows in the opposite order."""
        return rows.order_by(*self.columns)

    def page(
        self,
        rows: QuerySet[Row],
        *,
        before: str = "",
        after: str = "",
        found: Callable[[QuerySet[Row]], QuerySet[Row]] = lambda rows: rows,
    ) -> Page[Row]:
        """Return the page of `rows` older than the cursor `before`, or newer than `after`.

        `found` narrows the ordered rows further, for a search. One query at any depth, besides
        those of `found`. An invalid cursor, or one beyond the end, shows the first page.
        """
        older_than, newer_than = self.parse(before), self.parse(after)
        page = self._beside(rows, found, older_than, newer_than)
        if not page.rows and (older_than or newer_than):
            return self._beside(rows, found, None, None)
        return page

    def _beside(
        self,
        rows: QuerySet[Row],
        found: Callable[[QuerySet[Row]], QuerySet[Row]],
        older_than: Place | None,
        newer_than: Place | None,
    ) -> Page[Row]:
        # One row more than fits on a page shows that there is another page.
        if newer_than:
            ordered = self.oldest_first(self.newer(rows, newer_than))
            listed = list(found(ordered)[: PER_PAGE + 1])
            shown = listed[:PER_PAGE][::-1]
            is_first = len(listed) <= PER_PAGE
            return Page(shown, "" if is_first else self._of(shown[0]), self._of(*shown[-1:]))
        if older_than:
            rows = self.older(rows, older_than)
        listed = list(found(self.newest_first(rows))[: PER_PAGE + 1])
        shown = listed[:PER_PAGE]
        is_last = len(listed) <= PER_PAGE
        return Page(
            shown,
            self._of(*shown[:1]) if older_than else "",
            "" if is_last else self._of(shown[-1]),
        )

    def _of(self, row: Row | None = None) -> str:
        return "" if row is None else self.cursor(self.place_of(row))

    def _beyond(
        self, rows: QuerySet[Row], place: Place, comparison: Any, lookup: str
    ) -> QuerySet[Row]:
        first, *others = self.columns
        if not others:
            return rows.filter(**{f"{first}__{lookup.removesuffix('e')}": place[0]})
        compared = comparison(Tuple(*map(F, self.columns)), place)
        # Django compares tuples by OR on SQLite, which would read its index from the beginning.
        return rows.filter(compared, **{f"{first}__{lookup}": place[0]})


def _written(value: datetime | int | UUID) -> str:
    if isinstance(value, datetime):
        return str((value - _EPOCH) // _MICROSECOND)
    return value.hex if isinstance(value, UUID) else str(value)


def _read(type_: type, digits: str) -> datetime | int | UUID:
    if type_ is datetime:
        return _EPOCH + int(digits) * _MICROSECOND
    return UUID(hex=digits) if type_ is UUID else int(digits)
