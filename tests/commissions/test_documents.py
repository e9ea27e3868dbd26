"""Statements and remittances on paper say what the screen says, in any script."""

import logging
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.template.loader import render_to_string
from pypdf import PdfReader

from commissions.payouts import billing, withdrawals
from commissions.payouts.models import Withdrawal
from commissions.statements import documents
from commissions.statements.periods import Period
from commissions.statements.statement import statement_of
from leadportal.ui.pdf import paper
from leadportal.ui.pdf.blocks import Facts, Table, Text, blocks_of
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS
from tests.commissions.test_statement import NOON, account_of, adjust, moment
from tests.sessions import sign_in

pytestmark = pytest.mark.any_database

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def read(pdf):
    return PdfReader(BytesIO(pdf))


def squeezed(text):
    """Return the text without its spaces, which a PDF places and does not write.

    pypdf reads the CJK font's two-byte codes with a zero between them.
    """
    return "".join(text.replace("\x00", "").split())


def text_of(pdf):
    return squeezed("".join(page.extract_text() for page in read(pdf).pages))


def fonts_of(pdf):
    """Return the names of the fonts that the pages use, without their subsets' marks."""
    names = set()
    for page in read(pdf).pages:
        for font in page["/Resources"]["/Font"].values():
            names.add(font.get_object()["/BaseFont"].split("+")[-1])
    return names


def drawn(*blocks, title="Statement"):
    return paper.draw(title, blocks, sender="LiveChat", at=NOON)


@pytest.fixture
def october(partner_user, finance_user):
    partner = partner_user.partner
    adjust(partner, finance_user, "100.00", datetime(2026, 9, 1, tzinfo=UTC), "AD-1")
    with moment(NOON):
        credit(partner, finance_user, text="10 % of $3,540.00 = $354.00")
    return statement_of(account_of(partner), Period(2026, 10), DECEMBER)


@pytest.fixture
def asked(partner_user, sales_user):
    with moment(NOON):
        credit(partner_user.partner, sales_user)
        billing.save(DETAILS, partner_user)
        return withdrawals.request(partner_user)


def again(withdrawal):
    return Withdrawal.objects.select_related(
        "billing", "entry", "return_entry", "requested_by", "account__partner"
    ).get(pk=withdrawal.pk)


# The statement


def test_statement_on_paper_says_all_that_the_screen_says(october):
    found = text_of(documents.statement(october))
    html = render_to_string("commissions/_statement.html", {"statement": october})
    texts = list(paper._texts(blocks_of(html)))
    assert len(texts) > 25
    for text in texts:
        assert squeezed(text) in found
    assert squeezed("Opening balance $100.00") in found
    assert (
        squeezed("2. Commission 10 % of $3,540.00 = $354.00 LD-7KQ2M9XA $354.00 $454.00") in found
    )
    assert squeezed("Closing balance $454.00") in found


def test_paper_has_a_title_a_language_and_the_moment_it_stands_for(october):
    reader = read(documents.statement(october))
    assert reader.metadata.title == "Statement for October 2026"
    assert reader.metadata.author == "LiveChat"
    assert reader.metadata.creation_date == datetime(2026, 11, 1, tzinfo=UTC)
    catalogue = reader.trailer["/Root"]
    assert catalogue["/Lang"] == "en"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]


def test_statement_of_a_month_that_is_over_is_the_same_bytes_for_ever(october):
    later = statement_of(october.account, october.period, datetime(2031, 5, 5, tzinfo=UTC))
    assert documents.statement(later) == documents.statement(october)


def test_long_statement_numbers_its_pages_and_repeats_the_headings():
    rows = "".join(f"<tr><td>{n}</td><td class='money'>$1.00</td></tr>" for n in range(120))
    table = (
        f"<table><thead><tr><th>Entry</th><th>Sum</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    reader = read(drawn(*blocks_of(table)))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) == 4
    for number, text in enumerate(texts, 1):
        assert f"Statement · Page {number} of 4" in text
        assert "Entry" in text
    assert "119" in texts[-1]


TEXTS = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    "W" * 200,
    "Page {nb} of {nb}",
    "<b>Smith & Sons</b> **bold** __x__ [link](//x)",
)


def test_any_text_of_an_entry_is_set_as_it_is(partner_user, finance_user):
    with moment(NOON):
        for number, text in enumerate(TEXTS):
            credit(partner_user.partner, finance_user, f"LD-{number}", text=text)
    adjust(partner_user.partner, finance_user, "999999999.99", NOON, "AD-1")
    statement = statement_of(account_of(partner_user.partner), Period(2026, 10), DECEMBER)
    found = text_of(documents.statement(statement))
    for text in TEXTS:
        assert squeezed(text) in found
    assert "$1,000,001,415.99" in found


# Scripts


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Größe Łódź Ελλάδα Київ Việt Nam", "NotoSans"),
        ("บริษัท กรุงเทพ", "NotoSansThai"),
        ("ქართული", "NotoSansGeorgian"),
        ("Հայաստան", "NotoSansArmenian"),
        ("Rocket 🚀", "NotoEmoji"),
    ],
)
def test_names_in_other_scripts_are_set_in_a_font_that_has_them(caplog, name, font):
    with caplog.at_level(logging.WARNING):
        pdf = drawn(Text("p", name))
    assert squeezed(name) in text_of(pdf)
    assert font in fonts_of(pdf)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("شركة الشمال للتجارة", "NotoSansArabic"),
        ("חברת הצפון", "NotoSansHebrewLight"),
        ("नमस्ते क्षत्रिय", "NotoSansDevanagari"),
        ("தமிழ்நாடு", "NotoSansTamil"),
    ],
)
def test_scripts_whose_letters_join_or_turn_are_set_too(caplog, name, font):
    with caplog.at_level(logging.WARNING):
        pdf = drawn(Text("p", name))
    # They are written in the order of the eye: a part of the letters is what can be compared.
    assert len(set(squeezed(name)) & set(text_of(pdf))) >= len(set(squeezed(name))) - 2
    assert font in fonts_of(pdf)
    assert caplog.messages == []


def test_each_text_has_its_own_size_beside_other_scripts(caplog):
    """The large font of Chinese, Japanese and Korean is among them: it is taken apart once."""
    name = "株式会社ノルドウィンド · 北京软件有限公司 · 주식회사 서울"
    sizes = {}

    def note(text, matrix, text_matrix, font, size):
        if text.strip():
            sizes[text.strip()] = size

    with caplog.at_level(logging.WARNING):
        pdf = drawn(*(Text("p", words) for words in ("Հա", "Rocket 🚀", "Łódź")), Text("h2", name))
    assert squeezed(name) in text_of(pdf)
    assert "NotoSansCJKJP" in fonts_of(pdf)
    assert caplog.messages == []
    read(pdf).pages[0].extract_text(visitor_text=note)
    assert sizes["Rocket"] == sizes["Łódź"] == paper.TEXT


def test_plain_words_need_no_font_but_the_first():
    assert fonts_of(drawn(Text("p", "12 × 5 agents × $59.00 = −$3,540.00 · “x”"))) == {"NotoSans"}


# The remittance


def test_remittance_of_a_pending_withdrawal(asked, client, partner_user):
    sign_in(client, partner_user)
    response = client.get(f"/commissions/withdrawals/{asked.number}/remittance.pdf")
    assert response["Content-Type"] == "application/pdf"
    name = f'attachment; filename="remittance-{asked.number}.pdf"'
    assert response["Content-Disposition"] == name
    found = text_of(response.content)
    for words in (
        f"Remittance for withdrawal {asked.number}",
        "Amount $354.00",
        "Status Pending: not paid yet",
        "Asked for 15 Oct 2026, 12:00 UTC, by Olivia Owner",
        "Brightside Consulting GmbH (business)",
        "Invalidenstraße 12 10115 Berlin Germany",
        "VAT id DE123456789",
        "PayPal pay@brightside.example",
        "Version 1",
        f"2. Withdrawal {asked.number}",
    ):
        assert squeezed(words) in found
    assert read(response.content).metadata.title == f"Remittance for withdrawal {asked.number}"


def test_remittance_of_a_paid_withdrawal_says_when_and_under_which_reference(asked, superuser):
    with moment(datetime(2026, 10, 20, 9, 30, tzinfo=UTC)):
        withdrawals.mark_paid(Withdrawal.objects.all(), "PAYPAL-8XK21", superuser)
    pdf = documents.remittance(again(asked))
    for words in ("Status Paid", "Paid 20 Oct 2026, 09:30 UTC", "PAYPAL-8XK21"):
        assert squeezed(words) in text_of(pdf)
    assert "notpaidyet" not in text_of(pdf)
    assert read(pdf).metadata.creation_date == datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
    assert pdf == documents.remittance(again(asked))


def test_remittance_of_a_returned_withdrawal_says_why(asked, superuser):
    with moment(datetime(2026, 10, 20, 9, 30, tzinfo=UTC)):
        withdrawals.give_back(Withdrawal.objects.all(), "PayPal knows no such address", superuser)
    found = text_of(documents.remittance(again(asked)))
    for words in ("Status Returned", "Reason PayPal knows no such address", "$354.00"):
        assert squeezed(words) in found


def test_remittance_keeps_the_details_it_was_asked_with(asked, partner_user):
    billing.save(DETAILS | {"company": "Somewhere Else Ltd"}, partner_user)
    found = text_of(documents.remittance(again(asked)))
    assert "BrightsideConsultingGmbH" in found
    assert "SomewhereElse" not in found


# The HTML that paper understands


def test_blocks_follow_the_html():
    blocks = blocks_of(
        """<h2>Entries <em>of</em>
        October</h2><p class="quiet">So  far</p>
        <dl class="summary-list"><div><dt>To</dt><dd>A &amp; B<br>Street 1</dd></div></dl>
        <table><caption class="visually-hidden">Hidden</caption>
        <thead><tr><th>Entry</th><th class="money">Sum</th></tr></thead>
        <tbody><tr><th colspan="2">Opening <span class="relative">2 <b>hours</b> ago</span></th>
        </tr></tbody>
        <tfoot><tr><td>Closing</td><td class="money">$1.00</td></tr></tfoot></table>"""
    )
    heading, paragraph, facts, table = blocks
    assert heading == Text("h2", "Entries of October")
    assert paragraph == Text("p", "So far", is_quiet=True)
    assert isinstance(facts, Facts)
    assert [(term.text, said.text) for term, said in facts.rows] == [("To", "A & B\nStreet 1")]
    assert isinstance(table, Table)
    assert [row.part for row in table.rows] == ["thead", "tbody", "tfoot"]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Entry", "Sum"],
        ["Opening"],
        ["Closing", "$1.00"],
    ]
    assert table.rows[1].cells[0].span == 2
    assert [cell.is_number for cell in table.rows[0].cells] == [False, True]


def test_text_in_no_block_is_not_left_out_in_silence():
    with pytest.raises(ValueError, match="lost"):
        blocks_of("<div>lost</div>")


@pytest.mark.parametrize(
    "html",
    [
        '<p>Shown</p><p class="screen-only">Hidden <br> <img src="x"> <b>too</b></p><p>Last</p>',
        '<p>Shown<span class="visually-hidden"> hidden</span></p><p>Last</p>',
    ],
)
def test_what_is_for_the_screen_alone_stays_there(html):
    assert [block.text for block in blocks_of(html)] == ["Shown", "Last"]


def test_columns_fill_the_page_and_none_is_lost():
    wide = "<td>" + "A long text that goes on and on. " * 8 + "</td>"
    html = f"<table><tr>{wide}<td>LD-7KQ2M9XA</td>{wide}<td class='money'>$1.00</td></tr></table>"
    (table,) = blocks_of(html)
    with closing(paper._Sheet("x", "x")) as sheet:
        widths = paper._widths(sheet, table)
        assert widths[1] >= sheet.get_string_width("LD-7KQ2M9XA")
    assert sum(widths) == pytest.approx(sheet.epw)
    assert widths[0] == pytest.approx(widths[2], rel=0.1)
    assert Decimal(min(widths)) > 0
