"""When a job is due next, also on the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leadportal.jobs.schedules import Daily, Every

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def berlin(settings):
    """Let the business be in Berlin, where clocks change."""
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.get_default_timezone.cache_clear()
    yield
    timezone.get_default_timezone.cache_clear()


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("at", "moment", "due"),
    [
        (time(3), utc(2026, 1, 10, 1, 59), utc(2026, 1, 10, 2)),
        (time(3), utc(2026, 1, 10, 2), utc(2026, 1, 11, 2)),
        (time(3), utc(2026, 7, 10, 0), utc(2026, 7, 10, 1)),
        # 02:30 does not exist on 29 March, and exists twice on 25 October
        (time(2, 30), utc(2026, 3, 28, 12), utc(2026, 3, 29, 1, 30)),
        (time(2, 30), utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)),
        (time(2, 30), utc(2026, 10, 24, 12), utc(2026, 10, 25, 0, 30)),
        (time(2, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
    ],
)
def test_a_daily_job_is_due_at_the_time_of_the_business(at, moment, due):
    assert Daily(at).after(moment) == due


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("hour", range(24))
def test_a_daily_job_is_due_once_on_each_day_of_the_year(hour):
    moment, days = utc(2025, 12, 31, 23), []
    while moment < utc(2026, 12, 31, 23):
        moment = Daily(time(hour, 30)).after(moment)
        days.append(moment.astimezone(BERLIN).date())
    assert days[:365] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]


@given(
    moment=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),  # noqa: DTZ001
    minutes=st.sampled_from([1, 5, 15, 60, 360]),
)
def test_every_so_often_is_after_the_moment_and_the_same_for_all(moment, minutes):
    every = Every(timedelta(minutes=minutes))
    due = every.after(moment)
    assert moment < due <= moment + every.interval
    assert every.after(due - timedelta(microseconds=1)) == due
