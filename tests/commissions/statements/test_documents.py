"""Statements on the screen, as PDF and as CSV say the same, whole, in any writing system."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.template.loader import render_to_string
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commissions.ledger.models import Account, LedgerEntry
from commissions.statements.documents import statement_document
from commissions.statements.periods import Period
from commissions.statements.statement import Statement, StatementLine, csv_of, statement_of
from leadportal.money import usd
from leadportal.partners.models import Partner
from leadportal.ui.documents.paper import to_pdf
from tests.commissions.entries import credit
from tests.commissions.statements.test_statement import NOON, account_of, adjust, moment, rows
from tests.ui.documents.reading import NAMES, lines_of, read, squeezed, text_of

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
CENTS = st.integers(-(10**11) + 1, 10**11 - 1).filter(bool).map(lambda c: Decimal(c).scaleb(-2))


@pytest.fixture
def october(partner_user, finance_user):
    partner = partner_user.partner
    adjust(partner, finance_user, "100.00", datetime(2026, 9, 1, tzinfo=UTC), "AD-1")
    with moment(NOON):
        credit(
            partner, finance_user, text="10% of $3,540.00 = $354.00", label="Nordwind Retail GmbH"
        )
    return statement_of(account_of(partner), Period(2026, 10), DECEMBER)


def statement(period, amounts, names, opening, partner="Brightside"):
    """Return a statement that is not in the database: entries of the amounts, for the names."""
    lines, balance = [], opening
    step = (period.end - period.start) / (len(amounts) + 1)
    for number, amount in enumerate(amounts, 1):
        balance += amount
        name = names[number % len(names)]
        entry = LedgerEntry(
            number=number,
            kind=list(LedgerEntry.Kind)[number % len(LedgerEntry.Kind)],
            amount=amount,
            reference=f"LD-{number:08}",
            label=name,
            text=f"Commission for {name}",
            posted_at=period.start + number * step,
            available_on=(period.start + number * step).date() + timedelta(days=number % 2 * 400),
        )
        lines.append(StatementLine(entry, balance, is_reversed=False))
    account = Account(partner=Partner(name=partner))
    return Statement(account, period, period.end, opening, lines, balance)


def assert_whole(found):
    """Every date, amount and reference stands on one line; each page has its foot once."""
    pages = [lines_of(page) for page in read(to_pdf(statement_document(found))).pages]
    all_lines = [line for page in pages for line in page]
    for line in found.lines:
        entry = line.entry
        posted = squeezed(f"{entry.posted_at.day} {entry.posted_at:%b %Y}")
        [row] = [one for one in all_lines if entry.reference in one]
        assert row.startswith(f"{posted}{entry.number}.")
        assert squeezed(entry.get_kind_display()) in row
        assert row.endswith(f"{entry.reference}{usd(entry.amount)}{usd(line.balance)}")
    for number, page in enumerate(pages, 1):
        foot = squeezed(f"{found.title} · Page {number} of {len(pages)}")
        assert page.count(foot) == 1
        assert page[-1] == foot
        assert sum("·Page" in line for line in page) == 1
    of_closing = [line for line in all_lines if "Closingbalance" in line]
    last = squeezed(f"{found.period.last_day.day} {found.period.last_day:%b %Y}")
    amount = usd(found.closing)
    # Once among the figures at the top, and once at the end of the table
    assert of_closing == [f"Closingbalance{amount}", f"{last}Closingbalance{amount}"]
    assert of_closing[-1] in pages[-1][-3:-1]
    assert sum("Openingbalance" in line for line in all_lines) == 2


@settings(max_examples=8)
@given(
    period=st.builds(Period, st.integers(2000, 2090), st.none() | st.integers(1, 12)),
    amounts=st.lists(CENTS, max_size=60),
    names=st.lists(st.sampled_from(sorted(NAMES.values())), min_size=1, max_size=3),
    opening=CENTS,
)
@example(Period(2026, 10), [Decimal("3209.60")], ["Nordwind Retail"], Decimal("3209.60"))
@example(Period(2026, 9), [Decimal("-999999999.99")] * 90, ["W" * 90], Decimal("999999999.99"))
def test_no_amount_date_or_reference_breaks_in_any_statement(period, amounts, names, opening):
    assert_whole(statement(period, amounts, names, opening))


@pytest.mark.parametrize(
    "names",
    [
        list(NAMES.values()),
        *(pytest.param([name], marks=pytest.mark.slow) for name in NAMES.values()),
    ],
    ids=["all", *NAMES],
)
def test_statement_of_many_pages_is_complete_in_every_writing_system(names):
    amounts = [Decimal("3209.60"), Decimal("-354.00")] * 20
    assert_whole(statement(Period(2026, 10), amounts, names, Decimal(0), partner=names[0]))


# A page ends after 13 rows, the next one 20 rows later; the slow tests look wherever it may end.
NEAR_THE_END = {0, *range(12, 17), 33, 34}


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(cells, marks=[] if cells in NEAR_THE_END else pytest.mark.slow)
        for cells in range(41)
    ],
)
def test_the_closing_balance_is_printed_once_wherever_the_page_ends(cells):
    assert_whole(statement(Period(2026, 10), [Decimal("1.00")] * cells, ["A"], Decimal(0)))


def test_words_of_a_text_stay_in_one_piece():
    names = ["Wissenschaftsgesellschaft Rindfleischetikettierung", "Llanfairpwllgwyngyll"]
    found = statement(Period(2026, 10), [Decimal("99999999.99")] * 4, names, Decimal(0))
    lines = [
        line for page in read(to_pdf(statement_document(found))).pages for line in lines_of(page)
    ]
    for word in " ".join(names).split():
        assert sum(line.count(word) for line in lines) == 4  # in the text and below the reference


def test_pdf_and_screen_say_the_same(october):
    document = statement_document(october)
    html = render_to_string("documents/_document.html", {"document": document})
    on_screen = squeezed(re.sub(r"<[^>]+>", "", unescape(html)))
    on_paper = text_of(to_pdf(document))
    texts = [
        text for fact in [*document.facts, *document.figures] for text in (fact.label, fact.text)
    ]
    texts += [
        text for row in document.table.rows for cell in row for text in (cell.text, cell.note)
    ]
    assert len(texts) > 25
    for text in texts:
        assert squeezed(text) in on_screen
        assert squeezed(text) in on_paper or " " in text
    row = "15 Oct 2026 2. Commission LD-7KQ2M9XA $354.00 $454.00"
    assert squeezed(row) in on_paper
    assert squeezed("Opening balance $100.00") in on_paper


def test_screen_pdf_and_csv_name_the_company(october):
    html = render_to_string("documents/_document.html", {"document": statement_document(october)})
    assert "Nordwind Retail GmbH" in html
    assert squeezed("Nordwind Retail GmbH") in text_of(to_pdf(statement_document(october)))
    header, _, entry, _ = rows(csv_of(october))
    assert header.index("Company") == 4
    assert entry[4] == "Nordwind Retail GmbH"


def test_csv_has_as_many_cells_in_each_row_as_columns(october):
    assert {len(row) for row in rows(csv_of(october))} == {9}


def test_statement_of_a_month_that_is_over_is_the_same_bytes_for_ever(october):
    later = statement_of(october.account, october.period, datetime(2031, 5, 5, tzinfo=UTC))
    assert to_pdf(statement_document(later)) == to_pdf(statement_document(october))


def test_statement_names_the_time_up_to_which_it_is_complete(october):
    reader = read(to_pdf(statement_document(october)))
    assert reader.metadata.creation_date == datetime(2026, 11, 1, tzinfo=UTC)
    early = statement_of(october.account, october.period, NOON + timedelta(hours=1))
    assert "Asof15Oct2026,13:00:theperiodisnotover" in text_of(to_pdf(statement_document(early)))


def test_partners_name_turns_nothing_else(october):
    october.account.partner.name = "Evil \u202e"
    assert "Evil,inUSdollars" in text_of(to_pdf(statement_document(october)))


@pytest.mark.parametrize(
    ("kind", "reference", "url"),
    [
        ("commission", "LD-7KQ2M9XA", "/solution/leads/LD-7KQ2M9XA/"),
        ("reversal", "LD-7KQ2M9XA", "/solution/leads/LD-7KQ2M9XA/"),
        ("return", "W-2026-0001", "/commissions/withdrawals/W-2026-0001/"),
        ("adjustment", "AD-2026-0001", ""),
        ("commission", "no page / of that", ""),
    ],
)
def test_a_reference_links_to_what_it_names(kind, reference, url):
    assert LedgerEntry(kind=kind, reference=reference, label="Acme").reference_url == url
