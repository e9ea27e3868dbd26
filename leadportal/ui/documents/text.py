"""Text of any writing system as lines of runs, each run in one font and one direction.

fpdf2 breaks and orders lines itself, but it splits a run at a zero-width joiner, knows only two
levels of direction, and omits characters that the font lacks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from unicodedata import bidirectional, category, east_asian_width

from fpdf.bidi import BidiParagraph

from leadportal.ui.bidi import is_turning
from leadportal.ui.documents.fonts import BOX, CJK, MAIN, font_of, is_joiner
from leadportal.ui.documents.model import NO_BREAK_SPACE

# They direct or divide text and are not visible themselves.
_HIDDEN = frozenset(
    "\u00ad\u061c\u180e\u200b\u200e\u200f\ufeff"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f"
)
_SPACE = " "
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A character with the marks and joiners that belong to it, at its level of direction."""

    text: str
    font: Path
    level: int

    @property
    def is_wide(self) -> bool:
        """Whether a line may end beside it without a space, as in Chinese and Japanese."""
        first = self.text[0]
        is_korean = "\u1100" <= first <= "\u11ff" or "\uac00" <= first <= "\ud7a3"
        return east_asian_width(first) == "W" and category(first) == "Lo" and not is_korean


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is drawn at once, in one font and one direction."""

    text: str
    font: Path
    is_rtl: bool

    @property
    def is_shaped(self) -> bool:
        """Whether the letters join, move or turn, so that their glyphs depend on each other."""
        return self.is_rtl or self.font not in (MAIN, CJK) or any(map(_is_joined, self.text))


# Sums of the same widths in another order differ a little.
TOLERANCE = 0.01

Line = list[Run]  # from left to right
Measure = Callable[[Run], float]


@lru_cache(maxsize=4096)
def paragraphs(text: str) -> tuple[tuple[Cluster, ...], ...]:
    """Return the clusters of each of the text's lines, in the order in which they are read."""
    return tuple(tuple(_clusters(line)) for line in text.splitlines() or [""])


def words(text: str) -> Iterator[Sequence[Cluster]]:
    """Return the parts of the text that a line break should not split."""
    for clusters in paragraphs(text):
        for word in _words(clusters):
            yield _trimmed(word)


def width_of(clusters: Sequence[Cluster], measure: Measure) -> float:
    """Return the width of the clusters on one line, in the unit of `measure`."""
    return sum(measure(run) for run in runs(clusters))


def lines(text: str, width: float, measure: Measure) -> list[Line]:
    """Return the text in lines no wider than `width`; a wider word is split."""
    return [
        runs(line)
        for clusters in paragraphs(text)
        for line in _broken(clusters, width + TOLERANCE, measure)
    ]


def runs(clusters: Sequence[Cluster]) -> Line:
    """Return the clusters of one line as runs, in the order in which they stand on it."""
    ordered = [
        (level, Run("".join(cluster.text for cluster in group), font, level % 2 == 1))
        for (level, font), group in groupby(clusters, key=lambda one: (one.level, one.font))
    ]
    # Rule L2 of Unicode's bidirectional algorithm: reverse what is at each level or above.
    for level in range(max((level for level, _ in ordered), default=0), 0, -1):
        ordered = _turned(ordered, level)
    return [run for _, run in ordered]


def _turned(ordered: list[tuple[int, Run]], from_level: int) -> list[tuple[int, Run]]:
    turned: list[tuple[int, Run]] = []
    for is_turned, group in groupby(ordered, key=lambda item: item[0] >= from_level):
        items = list(group)
        turned += reversed(items) if is_turned else items
    return turned


def _broken(
    clusters: Sequence[Cluster], width: float, measure: Measure
) -> Iterator[Sequence[Cluster]]:
    if width_of(clusters, measure) <= width:
        yield clusters
        return
    line: list[Cluster] = []
    for word in _words(clusters):
        for part in _parts(word, width, measure):
            if line and width_of([*line, *_trimmed(part)], measure) > width:
                yield _trimmed(line)
                line = []
            line.extend(part)
    yield _trimmed(line)


def _clusters(line: str) -> Iterator[Cluster]:
    line = line.replace("\t", " ")
    levels = _levels(line)
    for start, end in _bounds(line):
        text = "".join(character for character in line[start:end] if character not in _HIDDEN)
        if text:
            yield from _drawable(text, levels[start])


def _drawable(text: str, level: int) -> Iterator[Cluster]:
    if text.isspace():
        yield Cluster(text if font_of(text) == MAIN else _SPACE, MAIN, level)
    elif font := font_of(text):
        yield Cluster(text, font, level)
    elif len(text) > 1:
        # No font has all of it: each character by itself shows as much as there is.
        for character in text:
            if not is_joiner(character):
                yield from _drawable(character, level)
    else:
        yield Cluster(BOX, CJK, level)


def _bounds(line: str) -> Iterator[tuple[int, int]]:
    """Return where each cluster of the line begins and ends."""
    start = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or not _continues(line, index):
            yield start, index
            start = index


def _continues(line: str, index: int) -> bool:
    character, before = line[index], line[index - 1]
    return (
        _is_mark(character)
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # a color of skin
        or (before == _JOINER and category(character) == "So")  # an emoji of several
    )


def _is_mark(character: str) -> bool:
    return category(character).startswith("M") or is_joiner(character)


def _is_joined(character: str) -> bool:
    """Return whether the character's glyph depends on the one before: a mark, a Korean letter."""
    return _is_mark(character) or "\u1100" <= character <= "\u11ff"


def _levels(line: str) -> list[int]:
    """Return each character's level of direction: even is left to right, odd right to left."""
    if not is_turning(line):
        return [0] * len(line)
    known = {
        character.character_index: character.embedding_level
        for character in BidiParagraph(line).get_characters_with_embedding_level()
    }
    levels: list[int] = []
    for index, character in enumerate(line):
        # The algorithm leaves out the invisible ones: they stay with what they follow.
        before = levels[-1] if levels else 0
        is_left_out = bidirectional(character) == "BN"
        levels.append(before if is_left_out else known.get(index, before))
    return levels


def _words(clusters: Sequence[Cluster]) -> Iterator[list[Cluster]]:
    """Return the words, each with the spaces that follow it."""
    word: list[Cluster] = []
    for cluster in clusters:
        if word and _may_break(word[-1], cluster):
            yield word
            word = []
        word.append(cluster)
    if word:
        yield word


def _may_break(before: Cluster, after: Cluster) -> bool:
    if after.text == _SPACE or after.text == NO_BREAK_SPACE:
        return False
    if before.text == _SPACE:
        return True
    # No line begins with a closing bracket or a full stop.
    is_closing = category(after.text[0]).startswith("P") and not after.is_wide
    return (before.is_wide or after.is_wide) and not is_closing and before.text != NO_BREAK_SPACE


def _trimmed(clusters: Sequence[Cluster]) -> Sequence[Cluster]:
    end = len(clusters)
    while end and clusters[end - 1].text == _SPACE:
        end -= 1
    return clusters[:end]


def _parts(word: list[Cluster], width: float, measure: Measure) -> Iterator[list[Cluster]]:
    """Return the word, split between clusters only if it is wider than a line."""
    if width_of(_trimmed(word), measure) <= width:
        yield word
        return
    part: list[Cluster] = []
    for cluster in word:
        if part and width_of([*part, cluster], measure) > width:
            yield part
            part = []
        part.append(cluster)
    yield part
