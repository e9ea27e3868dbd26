"""How wide the columns of a table are."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from leadportal.ui.documents import text
from leadportal.ui.documents.model import Cell, Column, Kind, Table

NARROWEST = 60.0  # points, of a column of text whose words have to be taken apart


class Widths:
    """How wide the columns of a table are, by the measure of a size."""

    def __init__(self, table: Table, measure: text.Measure) -> None:
        self.table, self.measure = table, measure

    def least(self, may_break: bool) -> list[float]:
        """Return the widths that keep words in one piece, or only what is not text."""
        return [
            max(
                self._kept(column, cells),
                min(self._widest_word(cells), NARROWEST if may_break else float("inf")),
            )
            for column, cells in self._columns()
        ]

    def spread(self, least: list[float], room: float) -> list[float]:
        """Return the widths that fill the room: more where lines would have to be broken."""
        wanted = [
            max(low, self._widest_line(cells)) - low
            for low, (column, cells) in zip(least, self._columns(), strict=True)
        ]
        spare = room - sum(least)
        if sum(wanted) > spare:
            return [
                low + more * spare / sum(wanted) for low, more in zip(least, wanted, strict=True)
            ]
        widths = [low + more for low, more in zip(least, wanted, strict=True)]
        kinds = [column.kind for column in self.table.columns]
        widths[kinds.index(Kind.TEXT)] += room - sum(widths)
        return widths

    def _columns(self) -> Iterator[tuple[Column, Sequence[Cell]]]:
        for index, column in enumerate(self.table.columns):
            yield column, [Cell(note=column.label), *(row[index] for row in self.table.rows)]

    def _kept(self, column: Column, cells: Sequence[Cell]) -> float:
        if column.kind is Kind.TEXT:
            return 0.0
        return self._widest(text.paragraphs, dict.fromkeys(cell.text for cell in cells))

    def _widest_word(self, cells: Sequence[Cell]) -> float:
        return self._widest(text.words, _texts(cells))

    def _widest_line(self, cells: Sequence[Cell]) -> float:
        return self._widest(text.paragraphs, _texts(cells))

    def _widest(
        self,
        parts_of: Callable[[str], Iterable[Sequence[text.Cluster]]],
        texts: Iterable[str],
    ) -> float:
        return max(
            (text.width_of(part, self.measure) for words in texts for part in parts_of(words)),
            default=0.0,
        )


def _texts(cells: Sequence[Cell]) -> Iterable[str]:
    # Each once, and in their order: the fonts are numbered as they are needed.
    return dict.fromkeys(words for cell in cells for words in (cell.text, cell.note))
