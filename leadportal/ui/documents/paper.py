"""A document as PDF, on A4: one weight of Noto Sans in a few sizes, thin lines, page by page.

fpdf2 does not tag documents for screen readers; the page on screen says the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import PDFResourceType, TextDirection
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from leadportal.ui.documents import text
from leadportal.ui.documents.model import Cell, Column, Document, Fact, Table
from leadportal.ui.documents.widths import Widths

# Lengths are in points.
MARGIN = 51.0
LABELS = 118.0
GAP = 12.0
PADDING = 3.5
LEADING = 1.5
TITLE, HEADING, BODY, SMALL = 18.0, 12.0, 9.0, 8.0
# A table takes the first of these sizes in which no word has to be taken apart.
TABLE_SIZES = (BODY, SMALL, 7.0, 6.0)
INK, QUIET, RULE = (24, 35, 38), (74, 88, 92), (200, 208, 210)

Color = tuple[int, int, int]
_Part = tuple[text.Line, Color]  # of a cell


def to_pdf(document: Document) -> bytes:
    """Return the document as PDF: the same bytes for the same document."""
    with closing(_Sheet(document)) as sheet:
        sheet.write_text(document.sender, SMALL, QUIET)
        sheet.skip(GAP)
        sheet.write_text(document.title, TITLE)
        for facts in (document.facts, document.figures):
            if facts:
                sheet.skip(GAP)
                _facts(sheet, facts).write()
        sheet.skip(2 * GAP)
        if document.heading:
            sheet.write_text(document.heading, HEADING)
            sheet.skip(PADDING)
        _table(sheet, document.table).write()
        if document.note:
            sheet.skip(GAP)
            sheet.write_text(document.note, BODY, QUIET)
        sheet.number_pages(document.title)
        return bytes(sheet.output())


class _Sheet(FPDF):
    """Pages, and how far down the last one is written. Fonts are added when they are needed."""

    def __init__(self, document: Document) -> None:
        super().__init__(format="A4", unit="pt")
        self.set_title(document.title)
        self.set_author(document.sender)
        self.set_creation_date(document.at)
        self.set_lang("en")
        self.set_creator("")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=False)
        self.set_draw_color(*RULE)
        self.set_line_width(0.6)
        self.measure = cache(self._measure)
        self.add_page()

    def close(self) -> None:
        """Close the files of the fonts, which fpdf2 leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    @property
    def room(self) -> float:
        """The height that is left above the footer."""
        return self.h - MARGIN - SMALL * LEADING - self.y

    def skip(self, height: float) -> None:
        """Leave space below what is written."""
        self.y += height

    def write_text(self, words: str, size: float, color: Color = INK) -> None:
        """Write text across the page, in as many lines as it takes."""
        for line in text.lines(words, self.epw, partial(self.measure, size)):
            if size * LEADING > self.room:
                self.add_page()
            self.draw(line, MARGIN, size, color)
            self.skip(size * LEADING)

    def draw(self, line: text.Line, x: float, size: float, color: Color) -> None:
        """Draw one line with its left end at `x`."""
        baseline = self.h - self.y - size * (LEADING / 2 + 0.35)
        for run in line:
            self._draw_run(run, x, baseline, size, color)
            x += self.measure(size, run)

    def rule(self) -> None:
        """Draw a thin line across the page."""
        self.line(MARGIN, self.y, self.w - MARGIN, self.y)

    def number_pages(self, title: str) -> None:
        """Write the title and `Page 1 of 2` at the foot of each page."""
        measure = partial(self.measure, SMALL)
        for number in range(1, self.pages_count + 1):
            self.page, self.y = number, self.h - MARGIN
            foot = f"{title} · Page {number} of {self.pages_count}"
            line = text.lines(foot, self.epw, measure)[0]
            self.draw(line, self.w - MARGIN - sum(map(measure, line)), SMALL, QUIET)

    def _measure(self, size: float, run: text.Run) -> float:
        font = self._font(run.font)
        if not run.is_shaped:
            return font.get_text_width(run.text, size, None)[1]
        _, positions = font.perform_harfbuzz_shaping(run.text, size, _shaping(run))
        return sum(position.x_advance for position in positions) * _scale(font, size)

    def _draw_run(self, run: text.Run, x: float, y: float, size: float, color: Color) -> None:
        font = self._font(run.font)
        if run.is_shaped:
            operators = " ".join(_placed_glyphs(font, run, x, y, size))
        else:
            operators = f"{x:.2f} {y:.2f} Td {font.encode_text(run.text)}"
        red, green, blue = (part / 255 for part in color)
        # It names its own font, size and color, so that nothing drawn before it can change them.
        self._out(
            f"q {red:.3f} {green:.3f} {blue:.3f} rg BT /F{font.i} {size:.2f} Tf {operators} ET Q"
        )
        self._resource_catalog.add(PDFResourceType.FONT, font.i, self.page)

    def _font(self, path: Path) -> TTFFont:
        name = path.stem.lower()
        if name not in self.fonts:
            self.add_font(name, fname=path)
        font = self.fonts[name]
        assert isinstance(font, TTFFont)  # noqa: S101 - what add_font makes of a file
        return font


class _Grid:
    """Rows of cells on a sheet, in columns of the given widths."""

    def __init__(
        self,
        sheet: _Sheet,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float],
        size: float,
    ) -> None:
        self.sheet, self.columns, self.rows = sheet, columns, rows
        self.widths, self.size = widths, size

    def write(self) -> None:
        """Write the rows, and the columns' labels above the first row of each page."""
        self._write_labels()
        for row in self.rows:
            lines = self._lines(row)
            if self._height(max(map(len, lines))) > self.sheet.room:
                self._continue_on_next_page()
            self._write_lines(lines)

    def _write_labels(self) -> None:
        if any(column.label for column in self.columns):
            self._write_lines(self._lines([Cell(note=column.label) for column in self.columns]))

    def _write_lines(self, cells: Sequence[Sequence[_Part]]) -> None:
        self.sheet.skip(PADDING)
        for line in zip_longest(*cells):
            # A row that is higher than a page continues on the next one.
            if self.size * LEADING > self.sheet.room:
                self._continue_on_next_page()
            self._draw_across(line)
            self.sheet.skip(self.size * LEADING)
        self.sheet.skip(PADDING)
        self.sheet.rule()

    def _draw_across(self, parts: Iterable[_Part | None]) -> None:
        left = MARGIN
        for column, width, part in zip(self.columns, self.widths, parts, strict=True):
            if part:
                line, color = part
                free = width - sum(self.sheet.measure(self.size, run) for run in line)
                self.sheet.draw(line, left + free * column.is_amount, self.size, color)
            left += width + GAP

    def _continue_on_next_page(self) -> None:
        self.sheet.add_page()
        self._write_labels()

    def _height(self, lines: int) -> float:
        return 2 * PADDING + lines * self.size * LEADING

    def _lines(self, row: Sequence[Cell]) -> list[list[_Part]]:
        """Return the lines of each cell."""
        measure = partial(self.sheet.measure, self.size)
        return [
            [
                (line, color)
                for words, color in ((cell.text, INK), (cell.note, QUIET))
                if words
                for line in text.lines(words, width, measure)
            ]
            for cell, width in zip(row, self.widths, strict=True)
        ]


def _facts(sheet: _Sheet, facts: Sequence[Fact]) -> _Grid:
    rows = [(Cell(note=fact.label), Cell(fact.text)) for fact in facts]
    return _Grid(sheet, (Column(""), Column("")), rows, (LABELS, sheet.epw - LABELS - GAP), BODY)


def _table(sheet: _Sheet, table: Table) -> _Grid:
    """Return the table as large as possible without breaking words; amounts always fit."""
    room = sheet.epw - GAP * (len(table.columns) - 1)
    for may_break in (False, True):
        for size in TABLE_SIZES:
            widths = Widths(table, partial(sheet.measure, size))
            least = widths.least(may_break)
            if sum(least) <= room:
                return _Grid(sheet, table.columns, table.rows, widths.spread(least, room), size)
    raise ValueError(f"The columns of the table are too wide for a page: {table.caption}")


def _placed_glyphs(font: TTFFont, run: text.Run, x: float, y: float, size: float) -> Iterator[str]:
    scale = _scale(font, size)
    for glyph in font.shape_text(run.text, size, _shaping(run)):
        left, up = x + glyph["x_offset"] * scale, y + glyph["y_offset"] * scale
        # None is the dotted circle below a mark that stands alone, in a font that has no circle.
        if glyph["mapped_char"] is not None:
            code = font.escape_text(chr(glyph["mapped_char"]))
            yield f"1 0 0 1 {left:.2f} {up:.2f} Tm ({code}) Tj"
        x += glyph["x_advance"] * scale


def _shaping(run: text.Run) -> dict[str, object]:
    direction = TextDirection.RTL if run.is_rtl else TextDirection.LTR
    return {"features": {}, "fragment_direction": direction}


def _scale(font: TTFFont, size: float) -> float:
    return font.scale * size / 1000
