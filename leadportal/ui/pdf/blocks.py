"""A document's HTML as blocks to put on paper: what the screen shows, the paper shows.

Understood is the HTML of the templates that are also documents: headings, paragraphs, lists of
facts (`dl`) and tables. What belongs to the screen alone carries a class of SCREEN_ONLY.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SCREEN_ONLY = frozenset({"visually-hidden", "relative", "screen-only"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_TEXTS = _HEADINGS | {"p", "dt", "dd", "th", "td", "caption"}
_WITHOUT_END = frozenset({"br", "hr", "img", "input", "wbr", "meta", "link"})


@dataclass(slots=True)
class Text:
    """A heading or a paragraph; `tag` says which."""

    tag: str
    text: str = ""
    is_quiet: bool = False


@dataclass(slots=True)
class Facts:
    """Terms, each with what is said of it."""

    rows: list[tuple[Text, Text]] = field(default_factory=list)


@dataclass(slots=True)
class Cell:
    """A table's cell; a number stands to the right."""

    text: str = ""
    is_number: bool = False
    span: int = 1


@dataclass(slots=True)
class Row:
    """A table's row; `part` is `thead`, `tbody` or `tfoot`."""

    part: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Rows in their order."""

    rows: list[Row] = field(default_factory=list)


Block = Text | Facts | Table


def blocks_of(html: str) -> list[Block]:
    """Return the blocks of the HTML in their order.

    Raises ValueError on text outside any of them: nothing is left out of a document in silence.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._skipping = 0  # how deep inside something for the screen alone
        self._part = "tbody"
        self._open: Text | Cell | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and self._open and not self._skipping:
            self._open.text += "\n"
        if tag in _WITHOUT_END:
            return
        attributes = {name: value or "" for name, value in attrs}
        classes = set(attributes.get("class", "").split())
        if self._skipping or classes & SCREEN_ONLY:
            self._skipping += 1
        elif tag in _TEXTS:
            self._open = self._begun(tag, classes, attributes)
        else:
            self._begin_group(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif tag in _TEXTS and self._open:
            lines = (" ".join(line.split()) for line in self._open.text.split("\n"))
            self._open.text = "\n".join(lines).strip()
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._open:
            # A line's end in the source is a space; `br` has made the others.
            self._open.text += data.replace("\n", " ")
        elif data.strip():
            raise ValueError(f"Text that stands in no block: {data.strip()}")

    def _begin_group(self, tag: str) -> None:
        if tag == "dl":
            self.blocks.append(Facts())
        elif tag == "table":
            self.blocks.append(Table())
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr" and isinstance(self._last, Table):
            self._last.rows.append(Row(self._part))

    def _begun(self, tag: str, classes: set[str], attributes: dict[str, str]) -> Text | Cell:
        last = self._last
        if tag in ("th", "td") and isinstance(last, Table):
            cell = Cell(is_number="money" in classes, span=int(attributes.get("colspan", "1")))
            last.rows[-1].cells.append(cell)
            return cell
        text = Text(tag, is_quiet="quiet" in classes)
        if tag == "dt" and isinstance(last, Facts):
            last.rows.append((text, Text("dd")))
        elif tag == "dd" and isinstance(last, Facts):
            return last.rows[-1][1]
        else:
            self.blocks.append(text)
        return text

    @property
    def _last(self) -> Block | None:
        return self.blocks[-1] if self.blocks else None
