"""Statements: opening balance and entries come to the closing balance, in every zone, always."""

import csv
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commissions.ledger import posting
from commissions.ledger.models import Account
from commissions.statements.periods import Period, months_until, years_between
from commissions.statements.statement import csv_of, statement_of
from tests.commissions.entries import credit
from tests.factories import PartnerFactory, StaffFactory
from tests.race import race

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)

# Half hours, both halves of the year, clocks that skip midnight or a whole day
ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Asia/Kolkata",
    "America/Asuncion",
    "Africa/Cairo",
    "Atlantic/Azores",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)


@contextmanager
def moment(at):
    with mock.patch("django.utils.timezone.now", return_value=at):
        yield


def adjust(partner, actor, amount, at, reference=None):
    with moment(at):
        return posting.adjust(
            partner,
            amount=Decimal(amount),
            reason="A test",
            reference=reference or f"AD-{at.isoformat()}"[:40],
            actor=actor,
        )


def account_of(partner):
    return Account.objects.select_related("partner").get(partner=partner)


def figures(statement):
    return (
        str(statement.opening),
        [str(line.entry.amount) for line in statement.lines],
        [str(line.balance) for line in statement.lines],
        str(statement.closing),
    )


def autumn_of(owner, actor):
    """$100.00 in September, $354.00 credited and $454.00 withdrawn in October, $20.00 later."""
    partner = owner.partner
    adjust(partner, actor, "100.00", datetime(2026, 9, 30, 23, 59, 59, 999999, tzinfo=UTC))
    with moment(datetime(2026, 10, 1, tzinfo=UTC)):
        credit(partner, actor)
    with moment(NOON):
        posting.withdraw(partner, amount=Decimal("454.00"), reference="W-2026-0001", actor=owner)
    adjust(partner, actor, "20.00", datetime(2026, 11, 1, tzinfo=UTC))
    return account_of(partner)


@pytest.fixture
def autumn(partner_user, finance_user):
    return autumn_of(partner_user, finance_user)


# By hand


@pytest.mark.database
def test_month_opens_with_what_stood_before_and_closes_with_the_sum(autumn):
    october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
    assert figures(october) == ("100.00", ["354.00", "-454.00"], ["454.00", "0.00"], "0.00")
    assert (october.earned, october.withdrawn) == (Decimal("354.00"), Decimal("-454.00"))
    assert october.is_final
    assert october.as_of == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.database
def test_year_holds_its_months(autumn):
    year = statement_of(autumn, Period(2026), datetime(2027, 3, 1, tzinfo=UTC))
    assert figures(year) == (
        "0.00",
        ["100.00", "354.00", "-454.00", "20.00"],
        ["100.00", "454.00", "0.00", "20.00"],
        "20.00",
    )
    assert year.title == "Statement for 2026"


@pytest.mark.database
def test_month_without_entries_closes_as_it_opened(autumn):
    december = statement_of(autumn, Period(2026, 12), datetime(2027, 3, 1, tzinfo=UTC))
    assert figures(december) == ("20.00", [], [], "20.00")


@pytest.mark.database
def test_running_month_is_complete_up_to_the_moment_it_was_read(autumn):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    november = statement_of(autumn, Period(2026, 11), at)
    assert not november.is_final
    assert november.as_of == at


@pytest.mark.database
def test_days_are_the_businesss_own(autumn):
    # In Kiritimati (14 hours ahead) it was October already when the first entry was posted.
    with override_settings(TIME_ZONE="Pacific/Kiritimati"):
        october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
        assert figures(october)[:2] == ("0.00", ["100.00", "354.00", "-454.00"])
        assert october.zone == "Pacific/Kiritimati"
    with override_settings(TIME_ZONE="America/New_York"):
        october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
        assert figures(october)[:2] == ("454.00", ["-454.00", "20.00"])


@pytest.mark.database
def test_statement_takes_two_queries_and_a_lock_where_the_period_has_just_ended(autumn):
    def asked(at):
        with CaptureQueriesContext(connection) as captured:
            statement_of(autumn, Period(2026, 10), at)
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    end = datetime(2026, 11, 1, tzinfo=UTC)
    assert len(asked(end - timedelta(microseconds=1))) == 2
    assert len(asked(end)) == 3
    assert len(asked(end + timedelta(hours=1))) == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_entry_of_the_last_moment_that_is_still_being_posted_is_waited_for(
    partner_user, finance_user
):
    """An entry takes its time from the clock and is committed later: no statement may miss it."""
    end = datetime(2026, 11, 1, tzinfo=UTC)
    partner = partner_user.partner
    adjust(partner, finance_user, "1.00", end - timedelta(days=3))
    account = account_of(partner)

    def act(number):
        if number == 0:
            with transaction.atomic():
                adjust(partner, finance_user, "2.00", end - timedelta(microseconds=1))
                # Posted, not committed; the other has long begun to read.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(1)")
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.4)")
        return statement_of(account, Period(2026, 10), end).closing

    assert race(2, act) == [None, Decimal("3.00")]


# Any history


steps = st.lists(
    st.tuples(
        # Cents, and how long after the one before: often to an edge of a day or a month
        st.integers(-50_000, 50_000).filter(bool),
        st.sampled_from(("edge", "hours", "days")),
        st.integers(0, 45),
        st.sampled_from((-1, 0, 1)),
    ),
    min_size=1,
    max_size=9,
)


def moments(zone, begin, drawn):
    """Yield a moment for each step, none before its predecessor."""
    at = begin
    for _, kind, number, shift in drawn:
        if kind == "hours":
            at += timedelta(hours=number)
        elif kind == "days":
            at += timedelta(days=number)
        else:
            local = at.astimezone(ZoneInfo(zone)) + timedelta(days=32)
            edge = datetime(local.year, local.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            at = max(at, edge + timedelta(microseconds=shift))
        yield at


def local_months(entries, zone):
    """Return each entry's year and month, told by the standard library alone."""
    locals_ = (entry.posted_at.astimezone(ZoneInfo(zone)) for entry in entries)
    return [(local.year, local.month) for local in locals_]


@pytest.mark.database
@settings(
    max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=steps,
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 17 * 365 * 24).map(
        lambda hours: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    ),
)
def test_opening_and_entries_come_to_closing_in_any_history(db, drawn, zone, begin):
    with transaction.atomic(), override_settings(TIME_ZONE=zone):
        partner, actor = PartnerFactory(), StaffFactory()
        for index, at in enumerate(moments(zone, begin, drawn)):
            cents = drawn[index][0]
            adjust(partner, actor, Decimal(cents).scaleb(-2), at, f"AD-{partner.pk}-{index}")
        account = account_of(partner)
        entries = list(account.entries.order_by("number"))
        last = entries[-1].posted_at
        of_months = local_months(entries, zone)
        seen, closed = [], Decimal(0)
        for year, months in reversed(years_between(entries[0].posted_at, last)):
            shown = []
            for month in reversed(months):
                statement = statement_of(account, month, last)
                assert statement.opening == closed
                amounts = [line.entry.amount for line in statement.lines]
                assert statement.opening + sum(amounts) == statement.closing
                balances = [statement.opening, *(line.balance for line in statement.lines)]
                assert balances[-1] == statement.closing
                expected = [
                    entry
                    for entry, its in zip(entries, of_months, strict=True)
                    if its == (month.year, month.month)
                ]
                assert [line.entry for line in statement.lines] == expected
                closed = statement.closing
                shown += expected
            whole = statement_of(account, year, last)
            assert [line.entry for line in whole.lines] == shown
            assert whole.closing == closed
            seen += shown
        assert seen == entries
        assert closed == account.balance == sum(entry.amount for entry in entries)
        transaction.set_rollback(True)


# As CSV


def rows(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_csv_shows_times_in_the_business_time_zone(autumn):
    with override_settings(TIME_ZONE="Asia/Kolkata"):
        october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
        content = rows(csv_of(october))
    assert content[1][1] == "2026-10-01 00:00:00"
    assert content[2][1] == "2026-10-01 05:29:59"


@pytest.mark.parametrize("text", ['=HYPERLINK("//x")', "+1", "-1+1", "@SUM(A1)", "＝1", " =1"])
def test_csv_holds_no_formula(partner_user, sales_user, text):
    with moment(NOON):
        credit(partner_user.partner, sales_user, text=text)
    statement = statement_of(account_of(partner_user.partner), Period(2026, 10), NOON)
    assert rows(csv_of(statement))[2][5] == f"'{text.strip()}"


# Periods


@pytest.mark.parametrize(
    ("zone", "month", "start"),
    [
        ("UTC", Period(2026, 10), "2026-10-01T00:00"),
        ("Europe/Warsaw", Period(2026, 10), "2026-09-30T22:00"),
        ("Europe/Warsaw", Period(2026, 11), "2026-10-31T23:00"),
        ("Asia/Kolkata", Period(2026, 1), "2025-12-31T18:30"),
        # On that day the clock went from 23:59 to 01:00: there was no midnight.
        ("America/Asuncion", Period(2017, 10), "2017-10-01T04:00"),
    ],
)
def test_month_begins_at_midnight_of_the_business(zone, month, start):
    with override_settings(TIME_ZONE=zone):
        assert f"{month.start.astimezone(UTC):%Y-%m-%dT%H:%M}" == start
        assert Period.month_of(month.start) == month
        assert Period.month_of(month.start - timedelta(microseconds=1)) == month.previous
        assert month.previous.end == month.start


def test_month_with_a_change_of_the_clock_is_an_hour_longer_or_shorter():
    with override_settings(TIME_ZONE="Europe/Warsaw"):
        hours = [
            (month.end.astimezone(UTC) - month.start.astimezone(UTC)) / timedelta(hours=1)
            for month in (Period(2026, 3), Period(2026, 5), Period(2026, 10))
        ]
    assert hours == [31 * 24 - 1, 31 * 24, 31 * 24 + 1]


def test_periods_follow_one_another():
    assert Period(2026, 12).next == Period(2027, 1)
    assert Period(2026, 1).previous == Period(2025, 12)
    assert (Period(2026).next, Period(2026).previous) == (Period(2027), Period(2025))
    assert months_until(Period(2026, 2), 3) == [Period(2025, 12), Period(2026, 1), Period(2026, 2)]
    assert [Period(2026, 2).last_day.day, Period(2028, 2).last_day.day] == [28, 29]
    assert Period(2026).last_day.isoformat() == "2026-12-31"


@pytest.mark.parametrize("period", [Period(2026), Period(2026, 9), Period(2, 1), Period(9998, 12)])
def test_period_is_read_as_it_is_written(period):
    assert Period.parse(period.code) == period
    assert period.start < period.end


@pytest.mark.parametrize(
    "code", ["", "26", "2026-13", "2026-00", "2026-1", "2026-10-01", "9999", "0001", "٢٠٢٦", "x"]
)
def test_what_is_no_period_is_none(code):
    assert Period.parse(code) is None
