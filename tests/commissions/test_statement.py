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

from commissions import ledger
from commissions.models import Account
from commissions.periods import Period, months_until, years_between
from commissions.statement import csv_of, statement_of
from tests.commissions.entries import credit, won_lead
from tests.factories import PartnerFactory, StaffFactory
from tests.race import race

INDEX = "/commissions/statements/"
OCTOBER = f"{INDEX}2026/10/"
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
        return ledger.adjust(
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


@pytest.fixture
def autumn(partner_user, finance_user):
    """$100.00 in September, $354.00 credited and $454.00 withdrawn in October, $20.00 later."""
    partner = partner_user.partner
    adjust(partner, finance_user, "100.00", datetime(2026, 9, 30, 23, 59, 59, 999999, tzinfo=UTC))
    with moment(datetime(2026, 10, 1, tzinfo=UTC)):
        credit(partner, finance_user)
    with moment(NOON):
        ledger.withdraw(
            partner, amount=Decimal("454.00"), reference="W-2026-0001", actor=partner_user
        )
    adjust(partner, finance_user, "20.00", datetime(2026, 11, 1, tzinfo=UTC))
    return account_of(partner)


# By hand


def test_month_opens_with_what_stood_before_and_closes_with_the_sum(autumn):
    october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
    assert figures(october) == ("100.00", ["354.00", "-454.00"], ["454.00", "0.00"], "0.00")
    assert (october.earned, october.withdrawn) == (Decimal("354.00"), Decimal("-454.00"))
    assert october.is_final
    assert october.as_of == datetime(2026, 11, 1, tzinfo=UTC)


def test_year_holds_its_months(autumn):
    year = statement_of(autumn, Period(2026), datetime(2027, 3, 1, tzinfo=UTC))
    assert figures(year) == (
        "0.00",
        ["100.00", "354.00", "-454.00", "20.00"],
        ["100.00", "454.00", "0.00", "20.00"],
        "20.00",
    )
    assert year.title == "Statement for 2026"


def test_month_without_entries_closes_as_it_opened(autumn):
    december = statement_of(autumn, Period(2026, 12), datetime(2027, 3, 1, tzinfo=UTC))
    assert figures(december) == ("20.00", [], [], "20.00")


def test_running_month_is_complete_up_to_the_moment_it_was_read(autumn):
    at = datetime(2026, 11, 20, tzinfo=UTC)
    november = statement_of(autumn, Period(2026, 11), at)
    assert not november.is_final
    assert november.as_of == at


def test_days_are_the_businesss_own(autumn):
    # In Kiritimati (14 hours ahead) it was October already when the first entry was posted.
    with override_settings(TIME_ZONE="Pacific/Kiritimati"):
        october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
        assert figures(october)[:2] == ("0.00", ["100.00", "354.00", "-454.00"])
        assert october.zone == "Pacific/Kiritimati"
    with override_settings(TIME_ZONE="America/New_York"):
        october = statement_of(autumn, Period(2026, 10), datetime(2026, 12, 1, tzinfo=UTC))
        assert figures(october)[:2] == ("454.00", ["-454.00", "20.00"])


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


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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


# The pages


@pytest.fixture
def reader(client, partner_user):
    client.force_login(partner_user)
    return client


@pytest.fixture
def december(monkeypatch):
    """The pages are opened on 10 December 2026."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 12, 10, tzinfo=UTC))


def test_months_and_years_since_the_first_entry_are_listed(autumn, december, reader):
    text = reader.get(INDEX).text
    assert '<a href="/commissions/statements/2026/">2026</a>' in text
    assert text.count("/commissions/statements/2026/") == 5
    assert text.index("December 2026") < text.index("September 2026")
    assert "August 2026" not in text


def test_statement_shows_opening_entries_and_closing(autumn, december, reader):
    text = reader.get(OCTOBER).text
    assert "<h1>Statement for October 2026</h1>" in text
    assert "1 October 2026 to 31 October 2026, by the clock of UTC" in text
    for words in ("$100.00", "$354.00", "−$454.00", "2. Commission", "W-2026-0001", "$0.00"):
        assert words in text
    assert "the period is not over" not in text
    assert 'rel="prev" href="/commissions/statements/2026/9/"' in text
    assert 'rel="next" href="/commissions/statements/2026/11/"' in text
    assert 'href="/commissions/statements/2026/"' in text


def test_first_and_last_statement_have_nothing_beyond_them(autumn, december, reader):
    assert 'rel="prev"' not in reader.get(f"{INDEX}2026/9/").text
    last = reader.get(f"{INDEX}2026/12/").text
    assert 'rel="next"' not in last
    assert "As of 10 December 2026, 00:00: the period is not over" in last
    assert "No entry was posted in this period." in last


@pytest.mark.any_database
@pytest.mark.parametrize("file", ["", "statement.csv", "statement.pdf"])
@pytest.mark.parametrize(
    "place",
    [
        "2026/8",
        "2027/1",
        "2025",
        "2027",
        "2026/13",
        "2026/0",
        "0",
        "9999",
        "9998/12",
        "99999999999",
    ],
)
def test_there_is_none_before_the_first_entry_nor_of_the_future(
    autumn, december, reader, place, file
):
    assert reader.get(f"{INDEX}{place}/{file}").status_code == 404


@pytest.mark.parametrize("file", ["", "statement.csv", "statement.pdf"])
def test_partner_without_entries_has_no_statement(reader, file):
    assert reader.get(f"{OCTOBER}{file}").status_code == 404
    assert "No statement yet" in reader.get(INDEX).text


def test_statement_links_to_the_lead(reader, partner_user, sales_user):
    lead = won_lead(partner_user, sales_user)
    month = Period.month_of(lead.credit.posted_at)
    text = reader.get(month.get_absolute_url()).text
    assert f'href="{lead.get_absolute_url()}">{lead.reference}</a>' in text
    assert lead.company_name in text


@pytest.mark.parametrize("file", ["", "statement.csv", "statement.pdf"])
def test_queries_do_not_grow_with_the_entries(reader, partner_user, sales_user, file):
    def asked():
        month = Period.month_of(Account.objects.get().entries.latest("number").posted_at)
        with CaptureQueriesContext(connection) as captured:
            assert reader.get(f"{month.get_absolute_url()}{file}").status_code == 200
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    won_lead(partner_user, sales_user)
    # Session, person with the organisation, account, first entry, bounds, entries with their leads
    assert asked() == 6
    for _ in range(49):
        won_lead(partner_user, sales_user)
    assert asked() == 6


def test_list_takes_four_queries(autumn, reader, django_assert_num_queries):
    with django_assert_num_queries(4):
        reader.get(INDEX)


# CSV


def rows(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_csv_opens_in_a_spreadsheet_and_sums_to_the_closing_balance(autumn, december, reader):
    response = reader.get(f"{OCTOBER}statement.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="statement-2026-10.csv"'
    assert "no-store" in response["Cache-Control"]
    header, opening, *entries, closing = rows(response.content)
    assert header == [
        "Entry",
        "Posted",
        "Kind",
        "Reference",
        "Text",
        "Amount USD",
        "Balance USD",
    ]
    assert opening == ["", "2026-10-01 00:00:00", "Opening balance", "", "", "", "100.00"]
    assert closing == ["", "2026-11-01 00:00:00", "Closing balance", "", "", "", "0.00"]
    assert entries[1] == [
        "3",
        "2026-10-15 12:00:00",
        "Withdrawal",
        "W-2026-0001",
        "Withdrawal W-2026-0001",
        "-454.00",
        "0.00",
    ]
    amounts = sum(Decimal(row[5]) for row in entries)
    assert Decimal(opening[6]) + amounts == Decimal(closing[6])


def test_csv_tells_time_by_the_businesss_clock(autumn):
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
    assert rows(csv_of(statement))[2][4] == f"'{text.strip()}"


# Whose


@pytest.mark.parametrize("file", ["", "statement.csv", "statement.pdf"])
def test_teammate_reads_it_and_a_stranger_does_not(
    autumn, december, client, teammate, stranger, file
):
    client.force_login(teammate)
    assert client.get(f"{OCTOBER}{file}").status_code == 200
    client.force_login(stranger)
    assert client.get(f"{OCTOBER}{file}").status_code == 404


def test_strangers_statement_holds_the_strangers_entries_alone(
    autumn, december, client, stranger, finance_user
):
    adjust(stranger.partner, finance_user, "7.00", NOON, "AD-STRANGER")
    client.force_login(stranger)
    text = client.get(OCTOBER).text
    assert "AD-STRANGER" in text
    assert "W-2026-0001" not in text
    assert "$354.00" not in text


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
@pytest.mark.parametrize("path", [INDEX, OCTOBER, f"{OCTOBER}statement.csv", f"{INDEX}2026/"])
def test_staff_have_no_statements(autumn, december, client, request, who, path):
    client.force_login(request.getfixturevalue(who))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [INDEX, OCTOBER, f"{OCTOBER}statement.pdf"])
def test_anonymous_is_sent_to_sign_in(client, db, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next={path}"
