"""The progress of an action on many rows, which its form carries from step to step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import Model
from django.http import QueryDict

from leadportal.db.keys import number
from leadportal.db.paging import Keyset, Place

REPORTED = 100  # rows that were refused and are named in the report
COUNTED = ("seen", "done", "refused", "cents")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for one row: it was done, or `problem` says why not."""

    row: Model
    problem: str = ""
    cents: int = 0  # what the row adds to the sum that the report names


@dataclass(frozen=True, slots=True)
class Progress:
    """What the steps so far have done: their position, and the counts.

    `seen` is how many rows the page between showed. `problems` are the ids of the first rows that
    were refused, at most REPORTED, each with the reason; `refused` counts all of them. Forged
    values mislead only the person who forged them: each row is checked every time.
    """

    seen: int
    after: Place | None = None
    done: int = 0
    refused: int = 0
    cents: int = 0
    problems: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, posted: QueryDict, order: Keyset) -> Self:
        """Return what the posted form carries; nothing done yet where it carries nothing."""
        counts = {name: number(posted.get(name, "")) or 0 for name in COUNTED}
        return cls(
            after=order.parse(posted.get("after", "")),
            problems=tuple(_problems(posted.getlist("problem")[:REPORTED])),
            **counts,
        )

    def further(self, outcomes: Sequence[Outcome], order: Keyset) -> Self:
        """Return the progress after one more step."""
        refused = [(outcome.row.pk, outcome.problem) for outcome in outcomes if outcome.problem]
        return type(self)(
            seen=self.seen,
            after=max((order.place_of(outcome.row) for outcome in outcomes), default=self.after),
            done=self.done + len(outcomes) - len(refused),
            refused=self.refused + len(refused),
            cents=self.cents + sum(outcome.cents for outcome in outcomes if not outcome.problem),
            problems=(*self.problems, *refused)[:REPORTED],
        )

    @property
    def turns(self) -> int:
        """How many rows were processed."""
        return self.done + self.refused

    @property
    def total(self) -> int:
        """How many rows there were in all."""
        return max(self.seen, self.turns)

    @property
    def left(self) -> int:
        """How many of the rows shown were not processed: at the end, those that left the list."""
        return self.total - self.turns

    @property
    def unnamed(self) -> int:
        """How many rows were refused and are not listed."""
        return max(0, self.refused - len(self.problems))

    def carried(self, order: Keyset) -> list[tuple[str, object]]:
        """Return the hidden fields that carry this to the next step."""
        counts: list[tuple[str, object]] = [(name, getattr(self, name)) for name in COUNTED]
        after = order.cursor(self.after) if self.after else ""
        problems = (("problem", f"{pk} {words}") for pk, words in self.problems)
        return [*counts, ("after", after), *problems]


def _problems(carried: Iterable[str]) -> Iterable[tuple[int, str]]:
    for value in carried:
        pk, _, words = value.partition(" ")
        if (found := number(pk)) is not None:
            yield found, words
