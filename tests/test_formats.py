"""How money's and time's filters write a moment and how long ago it was."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import engines
from django.utils import timezone
from django.utils.timesince import timesince
from hypothesis import given
from hypothesis import strategies as st

from leadportal.ui import formats

NOW = datetime(2026, 3, 31, 12, 30, 15, 500, tzinfo=UTC)


@given(st.integers(60, 3 * 366 * 24 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds)))
def test_ago_is_djangos_timesince_in_one_unit(elapsed):
    assert formats._ago(NOW - elapsed, NOW) == f"{timesince(NOW - elapsed, NOW, depth=1)} ago"


@pytest.mark.parametrize(
    ("elapsed", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1\xa0minute ago"),
        (timedelta(minutes=119), "1\xa0hour ago"),
        (timedelta(days=6, hours=23), "6\xa0days ago"),
        (timedelta(days=27, hours=23), "3\xa0weeks ago"),
        (timedelta(days=28), "4\xa0weeks ago"),
        (timedelta(days=31), "1\xa0month ago"),
        (timedelta(days=400), "1\xa0year ago"),
    ],
)
def test_ago_is_shown_in_the_largest_unit(elapsed, words):
    assert formats._ago(NOW - elapsed, NOW) == words


def test_a_day_and_a_moment_are_the_businesss(settings):
    settings.TIME_ZONE = "Europe/Warsaw"
    at = datetime(2024, 3, 9, 23, 5, 0, 123456, tzinfo=UTC)
    with timezone.override("Europe/Warsaw"):
        assert "10 Mar 2024<span" in formats.day(at)
        assert "10 Mar 2024, 00:05<span" in formats.moment(at)
    assert 'datetime="2024-03-09T23:05:00+00:00"' in formats.day(at)


def test_a_status_is_escaped():
    page = engines["django"].from_string("{% status code label %}")
    written = page.render({"code": "won", "label": "<Won>"})
    assert written == '<span class="status status-won">&lt;Won&gt;</span>'


def test_a_day_stays_on_one_line():
    assert formats.day_of_year(date(2026, 9, 1)) == "1\xa0Sep"
