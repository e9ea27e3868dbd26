"""What the Commissions tab tells of the past: entries by kind, month and page, and earnings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import override_settings

from commissions.ledger import posting
from commissions.ledger.balances import balances
from commissions.ledger.models import BY_NUMBER, Account
from commissions.statements.earnings import earnings
from commissions.statements.periods import Period
from commissions.statements.views.overview import _of_kind_and_period
from leadportal.db import paging
from tests.commissions.entries import credit
from tests.commissions.statements.test_overview import ADDRESS, numbers
from tests.commissions.statements.test_statement import adjust, moment
from tests.factories import StaffFactory, UserFactory
from tests.sessions import sign_in
from tests.worlds import made_once


@made_once
def kept():
    owner, actor = UserFactory(), StaffFactory()
    partner = owner.partner
    with moment(datetime(2026, 9, 10, tzinfo=UTC)):
        credit(partner, actor, "LD-1")
        entry = credit(partner, actor, "LD-2")
    adjust(partner, actor, "20.00", datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC))
    with moment(datetime(2026, 10, 1, tzinfo=UTC)):
        posting.reverse(entry, reason="Never paid", actor=actor)
    with moment(datetime(2026, 10, 5, tzinfo=UTC)):
        posting.withdraw(partner, amount=Decimal("50.00"), reference="W-1", actor=owner)
    busy = UserFactory()
    for n in range(1, 7):
        credit(busy.partner, actor, f"LD-BUSY-{n}")
        adjust(busy.partner, actor, "1.00", datetime.now(UTC), f"AD-BUSY-{n}")
    return owner, busy


@pytest.fixture(autouse=True)
def _pages_of_five(monkeypatch):
    assert paging.PER_PAGE == 25
    monkeypatch.setattr(paging, "PER_PAGE", 5)


@pytest.fixture
def mixed(made):
    """In September 2026 two commissions and an adjustment, then a reversal and a withdrawal."""
    return Account.objects.get(partner=made[0].partner)


@pytest.fixture
def many(made):
    """12 entries, in turn a commission and an adjustment."""
    return Account.objects.get(partner=made[1].partner)


@pytest.fixture
def tab(client, made):
    """The tab as the owner of the mixed entries sees it."""
    sign_in(client, made[0])

    def get(**parameters):
        return client.get(ADDRESS, parameters)

    return get


@pytest.fixture
def tab_at(client, made):
    """The tab as the owner, who signs in at that moment, sees it then."""

    def get(at, **parameters):
        with moment(at):
            sign_in(client, made[0])
            return client.get(ADDRESS, parameters)

    return get


@pytest.fixture
def tab_of_many(client, made):
    sign_in(client, made[1])

    def get(**parameters):
        return client.get(ADDRESS, parameters)

    return get


# Filters


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"kind": "withdrawal"}, [5]),
        ({"month": "2026-09"}, [3, 2, 1]),
        ({"month": "2026"}, [5, 4, 3, 2, 1]),
        ({"month": "2026-09", "kind": "adjustment"}, [3]),
        ({"month": "2026-10", "kind": "adjustment"}, []),
        ({"month": "2026-13"}, [5, 4, 3, 2, 1]),
        ({"month": "nonsense", "kind": "nonsense"}, [5, 4, 3, 2, 1]),
    ],
)
def test_entries_are_filtered_by_kind_and_month(tab, mixed, parameters, shown):
    response = tab(**parameters)
    assert numbers(response) == shown
    assert ("Show all entries" in response.text) is (not shown)


@pytest.mark.database
def test_entries_are_of_a_kind_and_a_period(mixed):
    for kind, period, shown in (
        ("", None, [1, 2, 3, 4, 5]),
        ("commission", None, [1, 2]),
        ("return", None, []),
        ("", Period(2026, 9), [1, 2, 3]),
        ("", Period(2026, 10), [4, 5]),
        ("", Period(2026), [1, 2, 3, 4, 5]),
        ("", Period(2025), []),
        ("adjustment", Period(2026, 9), [3]),
        ("adjustment", Period(2026, 10), []),
    ):
        found = _of_kind_and_period(mixed, kind, period).order_by("number")
        assert [entry.number for entry in found] == shown, (kind, period)


def test_filters_are_links_that_keep_one_another(tab_at, mixed):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    text = tab_at(at, kind="commission", month="2026-09", before="3").text
    assert 'href="?kind=commission&amp;month=2026-10#entries"' in text
    assert 'href="?kind=reversal&amp;month=2026-09#entries"' in text
    assert "Entries in September 2026" in text
    # Since the first entry, up to now
    assert text.count('aria-hidden="true">Sep</span>') == 1
    assert 'aria-hidden="true">Aug</span>' not in text
    assert 'aria-hidden="true">Nov</span>' in text


# Pages


@pytest.mark.database
def test_pages_follow_one_another_without_gaps(tab_of_many):
    tab = tab_of_many
    first = tab()
    assert numbers(first) == [12, 11, 10, 9, 8]
    assert 'rel="prev"' not in first.text
    second = tab(before=first.context["page"].older)
    assert numbers(second) == [7, 6, 5, 4, 3]
    assert second.text.count('rel="prev"') == second.text.count('rel="next"') == 1
    third = tab(before=second.context["page"].older)
    assert numbers(third) == [2, 1]
    assert 'rel="next"' not in third.text
    back = tab(after=third.context["page"].newer)
    assert numbers(back) == numbers(second)
    newest = tab(after=back.context["page"].newer)
    assert numbers(newest) == numbers(first)
    assert newest.context["page"].newer == ""


def test_pages_of_a_filter_follow_one_another(tab_of_many):
    tab = tab_of_many
    first = tab(kind="adjustment")
    assert numbers(first) == [12, 10, 8, 6, 4]
    second = tab(kind="adjustment", before=first.context["page"].older)
    assert numbers(second) == [2]
    assert numbers(tab(kind="adjustment", after=second.context["page"].newer)) == numbers(first)


@pytest.mark.database
def test_page_knows_its_neighbors(many):
    for count, cursor, shown, newer, older in (
        (5, {}, (5, 1), "", ""),
        (6, {}, (6, 2), "", "2"),
        (6, {"before": "2"}, (1, 1), "1", ""),
        (12, {"before": "12"}, (11, 7), "11", "7"),
        (12, {"after": "7"}, (12, 8), "", "8"),
        (12, {"after": "6"}, (11, 7), "11", "7"),
        (12, {"after": "12"}, (12, 8), "", "8"),
        (12, {"before": "1"}, (12, 8), "", "8"),
    ):
        found = BY_NUMBER.page(many.entries.filter(number__lte=count), **cursor)
        assert (found.rows[0].number, found.rows[-1].number) == shown, (count, cursor)
        assert (found.newer, found.older) == (newer, older), (count, cursor)
        assert len(found.rows) <= 5


@pytest.mark.database
@pytest.mark.parametrize("name", ["before", "after"])
def test_cursor_that_is_none_shows_entries_all_the_same(mixed, name):
    for cursor in ("0", "-1", "1e3", "x", "9" * 5000, "9" * 18, "½", "٣", ""):
        found = BY_NUMBER.page(mixed.entries.all(), **{name: cursor})
        assert [entry.number for entry in found.rows] == [5, 4, 3, 2, 1], cursor


@pytest.mark.parametrize("name", ["before", "after"])
def test_address_with_a_cursor_that_is_none_shows_entries_all_the_same(tab, name):
    response = tab(**{name: "9" * 5000})
    assert response.status_code == 200
    assert numbers(response) == [5, 4, 3, 2, 1]


# Earnings


@pytest.mark.database
def test_earned_is_all_but_withdrawals_in_the_month_it_was_posted(mixed):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    found = earnings(mixed, at)
    assert len(found.months) == 12
    assert (found.months[0].month, found.months[-1].month) == (Period(2025, 12), Period(2026, 11))
    amounts = {earned.month: str(earned.amount) for earned in found.months if earned.amount}
    assert amounts == {Period(2026, 9): "728.00", Period(2026, 10): "-354.00"}
    assert found.since == datetime(2026, 9, 10, tzinfo=UTC)
    assert sum(earned.amount for earned in found.months) == balances(mixed, at).total


@pytest.mark.database
def test_month_of_earnings_is_the_businesss(mixed):
    with override_settings(TIME_ZONE="America/New_York"):
        found = earnings(mixed, datetime(2026, 11, 20, tzinfo=UTC))
    amounts = {earned.month: str(earned.amount) for earned in found.months if earned.amount}
    assert amounts == {Period(2026, 9): "374.00"}


def test_earnings_are_shown_as_a_picture_and_as_a_table(tab_at, mixed):
    text = tab_at(datetime(2026, 11, 20, tzinfo=UTC)).text
    assert 'class="chart"' in text
    assert 'aria-hidden="true" focusable="false"' in text
    assert "September 2026: $728.00" in text
    assert '#entries">September 2026</a></th><td class="money">$728.00</td>' in text
    assert "chart-loss" in text


def test_year_without_earnings_has_no_picture(tab_at, mixed):
    text = tab_at(datetime(2028, 1, 20, tzinfo=UTC)).text
    assert 'class="chart"' not in text
    assert "Nothing earned in the last twelve months." in text
