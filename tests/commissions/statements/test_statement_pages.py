"""The statements' pages and files: what they show, of which months, and to whom."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.ledger.models import Account
from commissions.statements.periods import Period
from leadportal.db.groups import FINANCE
from leadportal.partners.models import User
from tests.commissions.entries import won_lead
from tests.commissions.statements.test_statement import NOON, adjust, autumn_of, rows
from tests.factories import StaffFactory, UserFactory
from tests.sessions import sign_in
from tests.worlds import made_once

INDEX = "/commissions/statements/"
OCTOBER = f"{INDEX}2026/10/"
FILES = ("", "statement.csv", "statement.pdf")


@made_once
def kept():
    owner = UserFactory()
    finance = StaffFactory(groups=(FINANCE,))
    autumn_of(owner, finance)
    return owner, finance


@pytest.fixture
def reader(client, made):
    """The owner of the organization whose autumn it was."""
    sign_in(client, made[0])
    return client


@pytest.fixture
def teammate(made):
    return UserFactory(partner=made[0].partner, role=User.Role.MEMBER)


@pytest.fixture
def finance_user(made):
    return made[1]


@pytest.fixture
def december(monkeypatch):
    """The pages are opened on 10 December 2026."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 12, 10, tzinfo=UTC))


def test_months_and_years_since_the_first_entry_are_listed(december, reader):
    text = reader.get(INDEX).text
    assert '<a href="/commissions/statements/2026/">2026</a>' in text
    assert text.count("/commissions/statements/2026/") == 5
    assert text.index("December 2026") < text.index("September 2026")
    assert "August 2026" not in text


@pytest.mark.database
def test_statement_shows_opening_entries_and_closing(december, reader):
    text = reader.get(OCTOBER).text
    assert "<h1>Statement for October 2026</h1>" in text
    assert "1\u00a0Oct\u00a02026 to 31\u00a0Oct\u00a02026 (UTC)" in text
    assert (
        text.count("Closing balance") == 2
    )  # a figure, and the last row, which printing repeats on no page
    assert "<tfoot>" not in text
    assert text.count('class="column-amount money"></td>') == 2  # hidden on a phone
    for words in ("$100.00", "$354.00", "−$454.00", "2. Commission", "W-2026-0001", "$0.00"):
        assert words in text
    assert "the period is not over" not in text
    assert 'rel="prev" href="/commissions/statements/2026/9/"' in text
    assert 'rel="next" href="/commissions/statements/2026/11/"' in text
    assert 'href="/commissions/statements/2026/"' in text


def test_first_and_last_statement_have_nothing_beyond_them(december, reader):
    assert 'rel="prev"' not in reader.get(f"{INDEX}2026/9/").text
    last = reader.get(f"{INDEX}2026/12/").text
    assert 'rel="next"' not in last
    assert "As of 10\u00a0Dec\u00a02026,\u00a000:00: the period is not over" in last
    assert "No entry was posted in this period." in last


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
def test_there_is_none_before_the_first_entry_nor_of_the_future(december, reader, place):
    for file in FILES:
        assert reader.get(f"{INDEX}{place}/{file}").status_code == 404, file


def test_partner_without_entries_has_no_statement(client, stranger):
    sign_in(client, stranger)
    for file in FILES:
        assert client.get(f"{OCTOBER}{file}").status_code == 404, file
    assert "No statements yet" in client.get(INDEX).text


def test_statement_links_to_the_lead(client, stranger, finance_user):
    sign_in(client, stranger)
    lead = won_lead(stranger, finance_user)
    month = Period.month_of(lead.credit.posted_at)
    text = client.get(month.get_absolute_url()).text
    assert f'href="{lead.get_absolute_url()}">{lead.reference}</a>' in text
    assert lead.company_name in text


def test_queries_do_not_grow_with_the_entries(client, stranger, finance_user):
    sign_in(client, stranger)

    def asked(file):
        account = Account.objects.get(partner=stranger.partner)
        month = Period.month_of(account.entries.latest("number").posted_at)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{month.get_absolute_url()}{file}").status_code == 200
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    won_lead(stranger, finance_user)
    # Session, person with the organization, account, first entry, bounds, entries with their leads
    assert {file: asked(file) for file in FILES} == dict.fromkeys(FILES, 6)
    for _ in range(7):
        won_lead(stranger, finance_user)
    assert {file: asked(file) for file in FILES} == dict.fromkeys(FILES, 6)


@pytest.mark.database
def test_list_takes_four_queries(reader, django_assert_num_queries):
    with django_assert_num_queries(4):
        reader.get(INDEX)


# CSV


def test_csv_opens_in_a_spreadsheet_and_sums_to_the_closing_balance(december, reader):
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
        "Company",
        "Text",
        "Amount USD",
        "Balance USD",
        "Available from",
    ]
    assert opening == ["", "2026-10-01 00:00:00", "Opening balance", "", "", "", "", "100.00", ""]
    assert closing == ["", "2026-11-01 00:00:00", "Closing balance", "", "", "", "", "0.00", ""]
    assert entries[1] == [
        "3",
        "2026-10-15 12:00:00",
        "Withdrawal",
        "W-2026-0001",
        "",
        "Withdrawal W-2026-0001",
        "-454.00",
        "0.00",
        "2026-10-15",
    ]
    amounts = sum(Decimal(row[6]) for row in entries)
    assert Decimal(opening[7]) + amounts == Decimal(closing[7])


# Whose


@pytest.mark.database
@pytest.mark.parametrize("file", FILES)
def test_teammate_reads_it_and_a_stranger_does_not(december, client, teammate, stranger, file):
    sign_in(client, teammate)
    assert client.get(f"{OCTOBER}{file}").status_code == 200
    sign_in(client, stranger)
    assert client.get(f"{OCTOBER}{file}").status_code == 404


@pytest.mark.database
def test_strangers_statement_holds_the_strangers_entries_alone(
    december, client, stranger, finance_user
):
    adjust(stranger.partner, finance_user, "7.00", NOON, "AD-STRANGER")
    sign_in(client, stranger)
    text = client.get(OCTOBER).text
    assert "AD-STRANGER" in text
    assert "W-2026-0001" not in text
    assert "$354.00" not in text


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
def test_staff_have_no_statements(december, client, request, who):
    sign_in(client, request.getfixturevalue(who))
    for path in (INDEX, OCTOBER, f"{OCTOBER}statement.csv", f"{INDEX}2026/"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("path", [INDEX, OCTOBER, f"{OCTOBER}statement.pdf"])
def test_anonymous_is_sent_to_sign_in(client, db, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next={path}"
