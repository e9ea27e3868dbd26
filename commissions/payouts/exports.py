"""Tables for spreadsheets: CSV that opens unchanged and runs no formulas."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

# What a spreadsheet takes for the start of a formula, full-width signs included
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file: UTF-8 with BOM, every cell quoted, lines ended by CRLF.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    lines = StringIO()
    # Quoted throughout: where a semicolon separates, it could begin a cell of its own.
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """Return the text on one line, harmless in a spreadsheet; amounts of money stay numbers."""
    line = " ".join(text.replace("\x00", " ").split())
    is_formula = line.startswith(_FORMULA) and not _NUMBER.fullmatch(line)
    return f"'{line}" if is_formula else line
