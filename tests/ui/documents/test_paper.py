"""A document as PDF: every text in a font that has it, every page with its foot, the same bytes."""

import logging
import os
import subprocess
import sys

import pytest

from leadportal.ui.documents import paper
from leadportal.ui.documents.model import Cell, Column, Document, Kind, Table
from leadportal.ui.documents.paper import to_pdf
from tests.ui.documents.reading import (
    NAMES,
    NOON,
    document,
    fonts_of,
    lines_of,
    placed,
    read,
    squeezed,
    text_of,
)


def test_pdf_has_a_title_a_language_and_the_documents_time(settings):
    reader = read(to_pdf(document("A")))
    assert reader.metadata.title == "Title"
    assert reader.metadata.author == settings.VENDOR_NAME
    assert reader.metadata.creation_date == NOON
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "en"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_same_document_is_the_same_bytes_in_every_process():
    script = (
        "import sys, django; django.setup();"
        "from leadportal.ui.documents.paper import to_pdf;"
        "from tests.ui.documents.reading import NAMES, document;"
        "names = [NAMES[key] for key in ('Latin', 'Arabic', 'Thai', 'Bengali', 'Georgian')];"
        "sys.stdout.buffer.write(to_pdf(document(*names)))"
    )
    pdfs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(pdfs) == 1
    assert pdfs.pop().startswith(b"%PDF")


@pytest.mark.parametrize("system", ["Latin", "Persian after Latin", "Japanese"])
def test_each_page_has_one_foot_of_one_size_at_one_place(system):
    reader = read(to_pdf(document(*[NAMES[system]] * 90)))
    feet = []
    for number, page in enumerate(reader.pages, 1):
        foot = squeezed(f"Title · Page {number} of {len(reader.pages)}")
        assert lines_of(page).count(foot) == 1
        assert lines_of(page)[-1] == foot
        assert "".join(lines_of(page)).count("Page") == 1
        lowest = min(height for _, _, height, _ in placed(page))
        feet.append((lowest, {size for _, _, height, size in placed(page) if height == lowest}))
        above = [height for _, _, height, _ in placed(page) if height > lowest]
        assert min(above) > lowest + 2 * paper.SMALL
    assert len(feet) > 2
    assert feet == [(feet[0][0], {paper.SMALL})] * len(feet)


def test_each_page_repeats_the_labels_of_the_columns():
    pages = read(to_pdf(document(*map(str, range(120))))).pages
    assert len(pages) > 2
    assert all(lines_of(page).count("TextAmount") == 1 for page in pages)
    found = "".join(line for page in pages for line in lines_of(page))
    assert "118$1.00119$1.00" in found


def test_a_row_higher_than_a_page_continues_on_the_next():
    pages = read(to_pdf(document("\n".join(f"line {number}." for number in range(99))))).pages
    found = [line for page in pages for line in lines_of(page)]
    for number in range(99):
        assert sum(line.startswith(f"line{number}.") for line in found) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Page {nb} of {nb}",
        "<b>Smith & Sons</b> **bold** __x__ [link](//x)",
        "12 × 5 agents × $59.00 = −$3,540.00 · “x”",
        "W" * 30,
    ],
)
def test_any_text_is_set_as_it_is(text):
    found = text_of(to_pdf(document(text, facts={"Text": text}, title=text)))
    assert found.count(squeezed(text)) == 4  # as title, fact, cell and foot


@pytest.mark.parametrize(
    ("system", "font"),
    [
        ("Vietnamese", "NotoSans"),
        ("Greek", "NotoSans"),
        ("Cyrillic", "NotoSans"),
        ("Thai", "NotoSansThai"),
        ("Georgian", "NotoSansGeorgian"),
        ("Armenian", "NotoSansArmenian"),
        ("Chinese", "NotoSansCJKJP"),
        ("Korean", "NotoSansCJKJP"),
    ],
)
def test_names_in_other_writing_systems_are_set_in_a_font_that_has_them(caplog, system, font):
    with caplog.at_level(logging.WARNING):
        pdf = to_pdf(document(facts={"Name": NAMES[system]}))
    assert len(set(squeezed(NAMES[system])) - set(text_of(pdf))) <= 1
    assert font in fonts_of(pdf)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("system", "font"),
    [
        ("Arabic", "NotoSansArabic"),
        ("Persian after Latin", "NotoSansArabic"),
        ("Hebrew", "NotoSansHebrewLight"),
        ("Devanagari", "NotoSansDevanagari"),
        ("Bengali", "NotoSansBengali"),
        ("Sinhala", "NotoSansSinhala"),
        ("Tamil", "NotoSansTamil"),
        ("Khmer", "NotoSansKhmer"),
        ("Emoji", "NotoEmoji"),
    ],
)
def test_writing_systems_whose_letters_join_or_turn_are_set_too(caplog, system, font):
    with caplog.at_level(logging.WARNING):
        pdf = to_pdf(document(facts={"Name": NAMES[system]}))
    # They are written in the order of the eye: a part of the letters is what can be compared.
    wanted = set(squeezed(NAMES[system]))
    assert len(wanted & set(text_of(pdf))) >= len(wanted) / 2
    assert font in fonts_of(pdf)
    assert caplog.messages == []


def test_a_character_without_a_glyph_shows_a_box():
    found = text_of(to_pdf(document(facts={"Name": "Yi ꀀꀁ, \x1b[31m"})))
    assert "Yi□□,□[31m" in found


def test_text_that_turns_the_direction_turns_nothing_else():
    pdf = to_pdf(document("Evil \u202eabc", "After", facts={"Evil \u202efact": "$1.00 (a)"}))
    assert "Afterl$1.00" not in text_of(pdf)
    assert "After$1.00" in text_of(pdf)
    assert "$1.00(a)" in text_of(pdf)


def test_only_the_fonts_that_are_needed_are_embedded():
    assert fonts_of(to_pdf(document("12 × 5 agents × $59.00 = −$3,540.00"))) == {"NotoSans"}


# The columns


def grid(*rows, kinds):
    columns = [Column(f"C{index}", kind) for index, kind in enumerate(kinds)]
    return Document(
        "Title", NOON, [], Table("Caption", columns, [tuple(map(Cell, row)) for row in rows])
    )


def test_words_of_every_column_stay_in_one_piece_in_a_smaller_size_if_they_must():
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    kinds = (Kind.TEXT, Kind.REFERENCE, Kind.TEXT, Kind.AMOUNT)
    [page] = read(to_pdf(grid([word, "LD-7KQ2M9XA", f"a {word}", "$1.00"], kinds=kinds))).pages
    pieces = [(text, size) for text, _, _, size in placed(page)]
    sizes = {size for text, size in pieces if word in text}
    assert len([text for text, _ in pieces if word in text]) == 2
    assert sizes < set(paper.TABLE_SIZES[1:])


def test_amounts_dates_and_references_fit_beside_any_text():
    kinds = (Kind.DATE, Kind.TEXT, Kind.REFERENCE, Kind.AMOUNT, Kind.AMOUNT)
    row = ["30\u00a0Sep\u00a02026", "W" * 200, "W" * 40, "−$999,999,999.99", "−$999,999,999.99"]
    [page] = read(to_pdf(grid(row, kinds=kinds))).pages
    found = [text.replace("\u00a0", " ") for text, *_ in placed(page)]
    assert "30 Sep 2026" in found
    assert "W" * 40 in found
    assert found.count("−$999,999,999.99") == 2
    assert sum(text.count("W") for text in found) == 240


def test_columns_that_fit_on_no_page_are_an_error():
    with pytest.raises(ValueError, match="too wide for a page: Caption"):
        to_pdf(grid(["W" * 200], kinds=[Kind.REFERENCE]))


def test_amounts_end_at_the_right_margin():
    kinds = (Kind.TEXT, Kind.AMOUNT)
    [page] = read(to_pdf(grid(["a", "$1.00"], ["b", "$1,000.00"], kinds=kinds))).pages
    lefts = {text: left for text, left, *_ in placed(page)}
    assert lefts["$1,000.00"] < lefts["$1.00"]
    assert lefts["$1.00"] > 500
