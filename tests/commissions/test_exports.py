"""The file for the bank or PayPal: exact, the same each time, harmless in a spreadsheet."""

import csv
from io import StringIO

import pytest

from commissions.payouts import exports
from commissions.payouts.models import Withdrawal
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from tests.commissions.finance import all_of, billing, requested

pytestmark = pytest.mark.any_database


def rows(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_file_names_what_paypal_and_a_bank_need(finance_user):
    row = requested(
        company="Kaffeehaus Łódź",
        state="Holstein",
        paypal="kasse@haus.example",
    )
    header, line = rows(exports.payments(claim(all_of(row), finance_user)))
    assert dict(zip(header, line, strict=True)) == {
        "email": "kasse@haus.example",
        "amount": "354.00",
        "currency": "USD",
        "number": row.number,
        "name": "Kaffeehaus Łódź",
        "type": "business",
        "vat": "DE123456789",
        "address": "Lange Straße 12",
        "city": "Hamburg",
        "postal_code": "20095",
        "state": "Holstein",
        "country": "DE",
    }


def test_file_is_utf8_with_bom_and_windows_line_ends(finance_user):
    content = exports.payments(claim(all_of(requested()), finance_user))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 2
    assert content.endswith(b"\r\n")
    assert "Lange Straße" in content.decode("utf-8-sig")


def test_amounts_are_plain_numbers_with_two_decimals(finance_user):
    row = requested(agents=1_000)  # $70,800.00
    assert rows(exports.payments(claim(all_of(row), finance_user)))[1][1] == "70800.00"


def test_file_stays_the_same_whatever_happens_afterwards(finance_user):
    kept, paid, returned = requested(), requested(), requested()
    batch = claim(all_of(kept, paid, returned), finance_user)
    before = exports.payments(batch)
    mark_paid(all_of(paid), "PP-1", finance_user)
    give_back(all_of(returned), "Bounced", finance_user)
    partner = kept.account.partner
    partner.name = "Renamed"
    partner.save()
    billing(kept.requested_by, paypal="new@partner.example")
    requested()
    assert exports.payments(batch) == before
    assert [line[3] for line in rows(before)[1:]] == [kept.number, paid.number, returned.number]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "  =1+1",
        "\t=1+1",
        "\r\n=1+1",
        "\x00=1+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "+1",
        "-",
        "-1,5",
        "-1.2.3",
        '=HYPERLINK("http://evil.example","Pay")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_formula_is_a_text(text):
    assert exports.safe(text).startswith("'")


@pytest.mark.parametrize("text", ["", "354.00", "-354.00", "-5", "Nordwind", "O'Neill", "5 = 5"])
def test_harmless_text_stays_as_it_is(text):
    assert exports.safe(text) == text


def test_line_breaks_and_quotes_stay_inside_their_cell(finance_user):
    row = requested(company='A "quoted", name', address="Line one\r\n=Line two", city="a;=1+1")
    content = exports.payments(claim(all_of(row), finance_user))
    header, line = rows(content)
    assert line[header.index("name")] == 'A "quoted", name'
    assert line[header.index("address")] == "Line one =Line two"
    # Where a semicolon separates, a cell without quotes would end here and a formula begin.
    assert b'"a;=1+1"' in content


def test_hostile_billing_details_arrive_as_text(finance_user):
    row = requested(company="=1+1", vat="+49", address="@here", zip_code="-1+1", city="Łódź")
    header, line = rows(exports.payments(claim(all_of(row), finance_user)))
    cells = dict(zip(header, line, strict=True))
    assert cells["name"] == "'=1+1"
    assert cells["vat"] == "'+49"
    assert cells["address"] == "'@here"
    assert cells["postal_code"] == "'-1+1"


def test_queries_do_not_grow_with_the_batch(finance_user, django_assert_num_queries):
    first = claim(all_of(requested()), finance_user)
    for _ in range(8):
        requested()
    many = claim(Withdrawal.objects.all(), finance_user)
    for batch in (first, many):
        with django_assert_num_queries(1):
            exports.payments(batch)
