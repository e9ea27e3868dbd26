"""Pages of leads, newest first, each found by its first row's neighbour and never by counting."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from leads.models import Lead
from leads.models.lead import LeadQuerySet
from leads.search import first_found

PER_PAGE = 25

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# No more digits than a date and a database's id can have
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row's place in the list: when it was submitted (UTC) and its id."""

    submitted_at: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor written as `str` writes it, or None where the text is not one."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            return None
        return cls(_EPOCH + int(match[1]) * _MICROSECOND, int(match[2]))

    def __str__(self) -> str:
        return f"{(self.submitted_at - _EPOCH) // _MICROSECOND}-{self.id}"


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page: its leads, newest first, and the cursors of the pages beside it (or nothing)."""

    leads: list[Lead]
    newer: Cursor | None
    older: Cursor | None


def page_of(
    leads: LeadQuerySet,
    text: str = "",
    partner_id: int | None = None,
    *,
    before: str = "",
    after: str = "",
) -> LeadPage:
    """Return the page of `leads` older than the cursor `before`, or newer than `after`.

    With `text` only those that hold every word of it; `partner_id` tells whose `leads` are where
    they are one partner's. One query whatever the depth, three for a search. A cursor that is
    none, or beyond the end, shows the first page.
    """

    def first_rows(leads: LeadQuerySet) -> list[Lead]:
        # One row more than a page tells that there is another.
        if text.strip():
            leads = leads.filter(pk__in=first_found(leads, text, PER_PAGE + 1, partner_id))
        return list(leads[: PER_PAGE + 1])

    older_than, newer_than = Cursor.parse(before), Cursor.parse(after)
    page = _beside(leads, first_rows, older_than, newer_than)
    if not page.leads and (older_than or newer_than):
        return _beside(leads, first_rows, None, None)
    return page


def _beside(
    leads: LeadQuerySet,
    first_rows: Callable[[LeadQuerySet], list[Lead]],
    older_than: Cursor | None,
    newer_than: Cursor | None,
) -> LeadPage:
    if newer_than:
        leads = leads.newer_than(newer_than.submitted_at, newer_than.id)
        rows = first_rows(leads.order_by("submitted_at", "id"))
        more = len(rows) > PER_PAGE
        shown = rows[:PER_PAGE][::-1]
        return LeadPage(shown, _first(shown) if more else None, _last(shown))
    if older_than:
        leads = leads.older_than(older_than.submitted_at, older_than.id)
    rows = first_rows(leads.order_by("-submitted_at", "-id"))
    shown = rows[:PER_PAGE]
    more = len(rows) > PER_PAGE
    return LeadPage(shown, _first(shown) if older_than else None, _last(shown) if more else None)


def _first(rows: list[Lead]) -> Cursor | None:
    return Cursor(rows[0].submitted_at, rows[0].pk) if rows else None


def _last(rows: list[Lead]) -> Cursor | None:
    return Cursor(rows[-1].submitted_at, rows[-1].pk) if rows else None
