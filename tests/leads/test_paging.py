"""Pages of leads, newest first: none shown twice, none left out, whatever the address says."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from leadportal.db import paging
from leads.models import Lead
from leads.models.lead import BY_AGE
from tests.explain import explained
from tests.factories import LeadFactory, UserFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database

PER_PAGE = 4
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

NO_CURSORS = [
    "",
    "x",
    "-",
    "1-",
    "-1",
    "--",
    "1-x",
    "x-1",
    "1-2-3",
    "1.5-2",
    "1e9-2",
    " 1-2",
    "1-2\n",
    "١-٢",
    "-5-3",
    "1--3",
    "1-" + "9" * 19,
    "9" * 18 + "-1",
    "1-" + "9" * 5_000,
    "9" * 5_000 + "-1",
    "1\x00-2",
    "' OR 1=1 --",
]


@given(
    at=st.datetimes(datetime(1970, 1, 1), datetime(5138, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    id_=st.integers(0, 10**18 - 1),
)
def test_a_cursor_is_read_as_it_was_written_to_the_microsecond(at, id_):
    assert BY_AGE.parse(BY_AGE.cursor((at, id_))) == (at, id_)


@pytest.mark.parametrize("text", NO_CURSORS)
def test_what_is_no_cursor_is_none(text):
    assert BY_AGE.parse(text) is None


@given(st.text())
def test_no_text_is_an_error(text):
    BY_AGE.parse(text)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    monkeypatch.setattr(paging, "PER_PAGE", PER_PAGE)


@made_once
def kept():
    """More than two pages of leads, every three of them sent in the same microsecond."""
    owner = UserFactory()
    return [
        LeadFactory(
            partner=owner.partner,
            submitted_by=owner,
            submitted_at=NOON + timedelta(microseconds=number // 3),
        )
        for number in range(2 * PER_PAGE + 3)
    ]


@pytest.fixture
def leads(made):
    return made


@pytest.fixture
def other_leads(partner_user):
    """Make so many leads of another organization; return its set."""

    def make(count):
        for _ in range(count):
            LeadFactory(partner=partner_user.partner)
        return Lead.objects.visible_to(partner_user)

    return make


def newest_first(leads):
    return sorted(leads, key=lambda lead: (lead.submitted_at, lead.pk), reverse=True)


def walk(leads=None):
    """Return the pages from the first to the last."""
    leads = Lead.objects.all() if leads is None else leads
    pages = [BY_AGE.page(leads)]
    while pages[-1].older:
        pages.append(BY_AGE.page(leads, before=pages[-1].older))
    return pages


def test_walking_to_the_end_shows_each_lead_once_newest_first(leads):
    pages = walk()
    assert [len(page.rows) for page in pages] == [PER_PAGE, PER_PAGE, 3]
    assert [lead for page in pages for lead in page.rows] == newest_first(leads)
    assert pages[0].newer == ""
    assert pages[-1].older == ""


def test_walking_back_shows_the_same_pages(leads):
    forward = walk()
    page, back = forward[-1], [forward[-1].rows]
    while page.newer:
        page = BY_AGE.page(Lead.objects.all(), after=page.newer)
        back.append(page.rows)
    assert back[::-1] == [page.rows for page in forward]
    assert page.older == forward[0].older, "and forward again from there"


@pytest.mark.parametrize("count", [0, 1, PER_PAGE - 1, PER_PAGE])
def test_what_fits_one_page_has_no_neighbors(other_leads, count):
    page = BY_AGE.page(other_leads(count))
    assert (len(page.rows), page.newer, page.older) == (count, "", "")


def test_exactly_two_pages_are_no_third(other_leads):
    leads = other_leads(2 * PER_PAGE)
    assert [len(page.rows) for page in walk(leads)] == [PER_PAGE, PER_PAGE]


def test_a_lead_that_comes_meanwhile_moves_nothing(leads):
    first = BY_AGE.page(Lead.objects.all())
    LeadFactory(partner=leads[0].partner, submitted_at=NOON + timedelta(days=1))
    second = BY_AGE.page(Lead.objects.all(), before=first.older)
    assert second.rows == newest_first(leads)[PER_PAGE : 2 * PER_PAGE]


def test_a_bad_cursor_shows_the_first_page(leads):
    first = BY_AGE.page(Lead.objects.all())
    for text in NO_CURSORS:
        for name in ("before", "after"):
            assert BY_AGE.page(Lead.objects.all(), **{name: text}) == first


def test_a_place_beyond_the_end_shows_the_first_page(leads):
    ordered = newest_first(leads)
    first = BY_AGE.page(Lead.objects.all())
    oldest, newest = (BY_AGE.cursor(BY_AGE.place_of(lead)) for lead in (ordered[-1], ordered[0]))
    for start in ({"before": oldest}, {"after": newest}, {"before": "0-0"}):
        assert BY_AGE.page(Lead.objects.all(), **start) == first
    for start in ({"before": "9" * 17 + "-1"}, {"after": "0-0"}):
        assert BY_AGE.page(Lead.objects.all(), **start).rows != []


def test_a_page_is_one_query_at_any_depth(leads):
    for start in ({}, {"before": walk()[1].older}, {"after": walk()[2].newer}):
        with CaptureQueriesContext(connection) as queries:
            BY_AGE.page(Lead.objects.all(), **start)
        assert len(queries) == 1
        assert "OFFSET" not in queries[0]["sql"]
        assert "COUNT" not in queries[0]["sql"]


def test_an_index_finds_the_place(leads):
    theirs = Lead.objects.visible_to(leads[0].submitted_by)
    cursor = walk()[0].older
    with CaptureQueriesContext(connection) as queries:
        BY_AGE.page(theirs, before=cursor)
    plan = explained(queries[0]["sql"])
    assert re.search(r"lead_(newest|oldest)\b", plan), plan
    assert "TEMP B-TREE" not in plan, "the rows come in order"
