"""Tables for spreadsheets: exact, and harmless wherever they are opened."""

import csv
from io import StringIO

import pytest

from commissions.payouts import exports


def rows(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_table_is_utf8_with_bom_and_windows_line_ends():
    content = exports.csv_bytes(("name", "city"), [("Kaffeehaus Łódź", "Lange Straße")])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 2
    assert content.endswith(b"\r\n")
    assert rows(content) == [["name", "city"], ["Kaffeehaus Łódź", "Lange Straße"]]


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


def test_line_breaks_and_quotes_stay_inside_their_cell():
    typed = ('A "quoted", name', "Line one\r\n=Line two", "a;=1+1")
    content = exports.csv_bytes(("name", "address", "city"), [typed])
    assert rows(content)[1] == ['A "quoted", name', "Line one =Line two", "a;=1+1"]
    # Where a semicolon separates, a cell without quotes would end here and a formula begin.
    assert b'"a;=1+1"' in content


def test_hostile_texts_arrive_as_texts():
    typed = ("=1+1", "+49", "@here", "-1+1")
    assert rows(exports.csv_bytes(("a", "b", "c", "d"), [typed]))[1] == [
        "'=1+1",
        "'+49",
        "'@here",
        "'-1+1",
    ]
