"""What a document contains. The screen and the PDF show the same document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

NO_BREAK_SPACE = "\u00a0"


class Kind(Enum):
    """What a column holds. Only text may continue on another line."""

    TEXT = "text"
    DATE = "date"
    REFERENCE = "reference"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `is_heading` says that its cells name their rows."""

    label: str
    kind: Kind = Kind.TEXT
    is_heading: bool = False

    @property
    def is_amount(self) -> bool:
        """Whether the cells are amounts."""
        return self.kind is Kind.AMOUNT

    @property
    def is_reference(self) -> bool:
        """Whether the cells are references."""
        return self.kind is Kind.REFERENCE


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, a quiet note below it, and on the screen a link behind the text."""

    text: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each column. The caption is not shown but read by screen readers."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    @property
    def labeled_rows(self) -> list[list[tuple[Column, Cell]]]:
        """The rows, each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says, which may have several lines."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A titled document as of the moment `at`.

    `figures` are the amounts that sum it up, `heading` stands above the table, `note` below it.
    """

    title: str
    at: datetime
    facts: Sequence[Fact]
    table: Table
    figures: Sequence[Fact] = ()
    heading: str = ""
    note: str = ""

    @property
    def sender(self) -> str:
        return str(settings.VENDOR_NAME)


def day(at: date | datetime, pattern: str = "DATE_FORMAT") -> str:
    """Return a day, or with DATETIME_FORMAT a moment, that no line's end takes apart."""
    if isinstance(at, datetime):
        at = timezone.localtime(at, timezone.get_default_timezone())
    return date_format(at, pattern).replace(" ", NO_BREAK_SPACE)
