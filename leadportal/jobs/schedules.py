"""When a job is due: once a day at a time in BUSINESS_TIME_ZONE, or at an interval."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from django.utils import timezone


class Schedule(Protocol):
    """Says when a job is due next."""

    def after(self, moment: datetime) -> datetime:
        """Return the first due time after `moment`, UTC."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day, at a time of BUSINESS_TIME_ZONE."""

    at: time

    def after(self, moment: datetime) -> datetime:
        """Return the first due time after `moment`, UTC.

        A time that the change to daylight saving time skips is due when the clocks have changed;
        one that occurs twice is due the first time.
        """
        zone = timezone.get_default_timezone()
        day = moment.astimezone(zone).date()
        while True:
            due = datetime.combine(day, self.at, zone).astimezone(UTC)
            if due > moment:
                return due
            day += timedelta(days=1)

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M} ({timezone.get_default_timezone_name()})"


@dataclass(frozen=True, slots=True)
class Every:
    """At an interval, counted from midnight UTC, so that all workers agree."""

    interval: timedelta

    def after(self, moment: datetime) -> datetime:
        """Return the first due time after `moment`, UTC."""
        midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + ((moment - midnight) // self.interval + 1) * self.interval

    def __str__(self) -> str:
        minutes = self.interval // timedelta(minutes=1)
        return f"every {minutes} minute{'' if minutes == 1 else 's'}"
