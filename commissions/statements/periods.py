"""Months and years in BUSINESS_TIME_ZONE."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from typing import Self

from django.urls import reverse
from django.utils import timezone

_CODE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A month, or a year where `month` is None."""

    year: int
    month: int | None = None

    def __post_init__(self) -> None:
        # The years before and after it must be years, too.
        is_month = self.month is None or 1 <= self.month <= 12
        if not MINYEAR < self.year < MAXYEAR or not is_month:
            raise ValueError(f"No month or year: {self.year}, {self.month}")

    @classmethod
    def month_of(cls, at: datetime) -> Self:
        """Return the month of the moment `at`."""
        local = timezone.localtime(at, timezone.get_default_timezone())
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, code: str) -> Self | None:
        """Return the period written as `code` writes it, None where the text is none."""
        match = _CODE.fullmatch(code)
        if match is None:
            return None
        try:
            return cls(int(match[1]), int(match[2]) if match[2] else None)
        except ValueError:
            return None

    @property
    def code(self) -> str:
        """`2026-10`, or `2026` for a year."""
        return f"{self.year:04}" if self.month is None else f"{self.year:04}-{self.month:02}"

    @property
    def label(self) -> str:
        """`October 2026`, or `2026` for a year."""
        return f"{self.first_day:%B} {self.year}" if self.month else str(self.year)

    @property
    def short_label(self) -> str:
        """`Oct`, or `2026` for a year."""
        return f"{self.first_day:%b}" if self.month else str(self.year)

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, self.month or 1, 1)

    @property
    def start(self) -> datetime:
        """The first moment. If a clock change skips midnight, it is the moment of the change."""
        return _midnight(self.first_day)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self._following_day)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self._following_day - timedelta(days=1)

    @property
    def next(self) -> "Period":
        """The month or year after this one."""
        if self.month is None:
            return Period(self.year + 1)
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> "Period":
        """The month or year before this one."""
        if self.month is None:
            return Period(self.year - 1)
        return Period(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @property
    def whole_year(self) -> "Period":
        """The year that the period belongs to."""
        return Period(self.year)

    def overlaps(self, first: datetime, last: datetime) -> bool:
        """Return whether any moment from `first` to `last`, both included, is in the period."""
        return self.start <= last and first < self.end

    def get_absolute_url(self) -> str:
        """Return the address of the period's statement."""
        place = [self.year] if self.month is None else [self.year, self.month]
        return reverse("commissions:statement", args=place)

    @property
    def _following_day(self) -> date:
        if self.month is None or self.month == 12:
            return date(self.year + 1, 1, 1)
        return date(self.year, self.month + 1, 1)


def months_until(last: Period, count: int) -> list[Period]:
    """Return `count` months in their order, the last of them `last`."""
    months = [last]
    while len(months) < count:
        months.append(months[-1].previous)
    return months[::-1]


def years_between(first: datetime, last: datetime) -> list[tuple[Period, list[Period]]]:
    """Return the years from the moment `first` to `last`, newest first, each with its months."""
    begin, month = Period.month_of(first), Period.month_of(last)
    years: list[tuple[Period, list[Period]]] = []
    while month.first_day >= begin.first_day:
        if not years or years[-1][0] != month.whole_year:
            years.append((month.whole_year, []))
        years[-1][1].append(month)
        month = month.previous
    return years


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
