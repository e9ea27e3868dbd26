"""Blocks on A4: one weight of Noto Sans in three sizes, thin lines, page by page.

What fpdf2 makes is not tagged for screen readers: they have the page, which says the same.
"""

import logging
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import bidirectional, category

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import FontFace, TTFFont
from fpdf.prefs import ViewerPreferences

from leadportal.ui.pdf.blocks import Block, Facts, Table, Text

# It tells of every table of every font.
logging.getLogger("fontTools").setLevel(logging.WARNING)

MARGIN = 18.0  # millimetres, as all lengths here
LINE = 5.0
SIZES = {"h1": 18.0, "h2": 12.0, "h3": 10.0}
TEXT = 9.0  # points
SMALL = 8.0
TERM = 46.0
INK, QUIET, RULE = (24, 35, 38), (74, 88, 92), (200, 208, 210)

_SCRIPTS = Path(str(files("manimgx_fonts")))
_CJK = Path(str(files("noto_cjk_sans_jp_regular")))
MAIN = _SCRIPTS / "NotoSans[wght].ttf"
# In the order in which they are asked for a sign that Noto Sans has not
OTHERS = (
    *sorted(set(_SCRIPTS.glob("NotoSans[A-Z]*.ttf"))),
    _CJK / "NotoSansCJKjp-Regular.otf",
    _SCRIPTS / "NotoEmoji[wght].ttf",
)


def draw(title: str, blocks: Iterable[Block], *, sender: str, at: datetime) -> bytes:
    """Return a PDF of the blocks under the title, from `sender`, as of the moment `at`.

    The same blocks, title, sender and moment are the same bytes.
    """
    shown = list(blocks)
    with closing(_Sheet(title, "\n".join([title, sender, *_texts(shown)]))) as sheet:
        sheet.set_author(sender)
        sheet.set_creation_date(at)
        sheet.say(sender, size=SMALL, colour=QUIET)
        sheet.ln(3)
        sheet.say(title, size=SIZES["h1"], line=9)
        for block in shown:
            sheet.ln(4)
            if isinstance(block, Text):
                _draw_text(sheet, block)
            elif isinstance(block, Facts):
                _draw_facts(sheet, block)
            else:
                _draw_table(sheet, block)
        sheet.number_pages()
        return bytes(sheet.output())


class _Sheet(FPDF):
    def __init__(self, title: str, text: str) -> None:
        super().__init__(format="A4", unit="mm")
        self.set_title(title)
        self.set_lang("en")
        self.set_creator("")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        # Words that somebody typed may hold the sign that stands for the number of pages.
        self.alias_nb_pages("")
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + LINE)
        self._add_fonts(text)
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.add_page()

    def close(self) -> None:
        """Close the files of the fonts, which fpdf2 leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def multi_cell(self, *args: Any, **kwargs: Any) -> Any:
        """Write a cell's text, with its font and size named on the page before it.

        fpdf2 2.8 names them within the line where its first sign is one of another font, takes them
        to hold after it, which they do not, and sets what follows in the size of the last but one.
        """
        if not self.current_font_is_set_on_page and self.current_font:
            self._out(self._set_font_for_page(self.current_font, self.font_size_pt))
        return super().multi_cell(*args, **kwargs)

    def write_as(self, size: float, colour: tuple[int, int, int] = INK) -> None:
        """Set the size, in points, and the colour of what is written from now on."""
        self.set_font("main", size=size)
        self.set_text_color(*colour)

    def say(
        self,
        text: str,
        *,
        size: float = TEXT,
        colour: tuple[int, int, int] = INK,
        line: float = LINE,
        align: str = "L",
    ) -> None:
        """Write the text from the left margin on, and go to the next line."""
        self.write_as(size, colour)
        self.multi_cell(0, line, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def number_pages(self) -> None:
        """Write the title and `Page 1 of 2` at the foot of each page."""
        self.set_auto_page_break(auto=False)
        for number in range(1, self.pages_count + 1):
            self.page = number
            self.set_y(-MARGIN)
            self.say(
                f"{self.title} · Page {number} of {self.pages_count}",
                size=SMALL,
                colour=QUIET,
                align="R",
            )

    def _add_fonts(self, text: str) -> None:
        self.add_font("main", fname=MAIN)
        missing = {ord(sign) for sign in text} - _signs(MAIN)
        others = []
        for path in OTHERS:
            if missing and missing & _signs(path):
                self.add_font(path.stem, fname=path)
                others.append(path.stem)
                missing -= _signs(path)
        self.set_fallback_fonts(others, exact_match=False)
        # Three times the work, and nothing to see in scripts whose letters stand side by side.
        self.set_text_shaping(bool(others) or any(map(_is_placed, set(text))))
        self.write_as(TEXT)


def _draw_text(sheet: _Sheet, block: Text) -> None:
    size = SIZES.get(block.tag, TEXT)
    sheet.say(block.text, size=size, colour=QUIET if block.is_quiet else INK)


def _draw_facts(sheet: _Sheet, block: Facts) -> None:
    sheet.write_as(TEXT)
    with sheet.table(
        col_widths=(TERM, sheet.epw - TERM),
        text_align="LEFT",
        v_align="TOP",
        borders_layout="HORIZONTAL_LINES",
        first_row_as_headings=False,
        line_height=LINE,
        padding=(0.8, 0),
    ) as table:
        for term, said in block.rows:
            row = table.row()
            row.cell(term.text, style=FontFace(color=QUIET))
            row.cell(said.text)


def _draw_table(sheet: _Sheet, block: Table) -> None:
    sheet.write_as(TEXT)
    numbers = [cell.is_number for cell in block.rows[0].cells]
    headings = sum(row.part == "thead" for row in block.rows)
    with sheet.table(
        col_widths=_widths(sheet, block),
        text_align=tuple("RIGHT" if is_number else "LEFT" for is_number in numbers),
        v_align="TOP",
        borders_layout="HORIZONTAL_LINES",
        headings_style=FontFace(color=QUIET, size_pt=SMALL),
        num_heading_rows=headings,
        first_row_as_headings=headings > 0,
        line_height=LINE,
        padding=(0.8, 0),
    ) as table:
        for line in block.rows:
            row = table.row()
            for cell in line.cells:
                row.cell(cell.text, colspan=cell.span, align="RIGHT" if cell.is_number else "LEFT")


def _widths(sheet: _Sheet, block: Table) -> list[float]:
    """Return the columns' widths: what each needs, taken off the widest ones where too much."""
    needed = [0.0] * len(block.rows[0].cells)
    for row in block.rows:
        if len(row.cells) == len(needed):
            for index, cell in enumerate(row.cells):
                lines = cell.text.split("\n")
                width = max(map(sheet.get_string_width, lines)) + 4
                needed[index] = max(needed[index], width)
    while sum(needed) > sheet.epw:
        widest = needed.index(max(needed))
        second = max(width for index, width in enumerate(needed) if index != widest)
        excess = sum(needed) - sheet.epw
        needed[widest] = max(needed[widest] - excess, min(second, needed[widest] - 1))
    spare = sheet.epw - sum(needed)
    needed[needed.index(max(needed))] += spare
    return needed


def _texts(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        if isinstance(block, Text):
            yield block.text
        elif isinstance(block, Facts):
            for term, said in block.rows:
                yield from (term.text, said.text)
        else:
            yield from (cell.text for row in block.rows for cell in row.cells)


def _is_placed(sign: str) -> bool:
    """Return whether the sign's place depends on others: a mark on a letter, or right to left."""
    return category(sign).startswith("M") or bidirectional(sign) in ("R", "AL", "AN")


@cache
def _signs(path: Path) -> frozenset[int]:
    """Return the signs that a font has."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())
