"""How far a decision about many leads has come, as its form carries it from step to step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from leadportal.db.keys import number
from leadportal.db.paging import Place
from leads.decisions import Outcome
from leads.models.lead import BY_AGE

NAMED = 100  # leads that did not move and are named in the report
COUNTED = ("seen", "moved", "refused")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the steps so far have done: the place they have come to, and the counts.

    `seen` is how many leads the page between showed. `problems` are the ids of the first leads that
    did not move, NAMED at the most; `refused` counts all of them. Whoever forges these numbers
    misleads only themselves: what may move is asked of the leads each time.
    """

    seen: int
    after: Place | None = None
    moved: int = 0
    refused: int = 0
    problems: tuple[int, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Return what the posted form carries; nothing done yet where it carries nothing."""
        posted = {name: number(request.POST.get(name, "")) or 0 for name in COUNTED}
        problems = map(number, request.POST.getlist("problem")[:NAMED])
        return cls(
            after=BY_AGE.parse(request.POST.get("after", "")),
            problems=tuple(pk for pk in problems if pk is not None),
            **posted,
        )

    def further(self, outcomes: Sequence[Outcome]) -> Self:
        """Return the progress after one more step."""
        refused = [outcome.lead.pk for outcome in outcomes if not outcome.moved]
        places = [BY_AGE.place_of(outcome.lead) for outcome in outcomes]
        return type(self)(
            seen=self.seen,
            after=max(places, default=self.after),
            moved=self.moved + len(outcomes) - len(refused),
            refused=self.refused + len(refused),
            problems=(*self.problems, *refused)[:NAMED],
        )

    @property
    def done(self) -> int:
        """How many leads have had their turn."""
        return self.moved + self.refused

    @property
    def left(self) -> int:
        """How many of the leads shown have had no turn: at the end, those that left the list."""
        return max(0, self.seen - self.done)

    @property
    def unnamed(self) -> int:
        """How many leads did not move and are not named."""
        return self.refused - len(self.problems)

    def carried(self) -> list[tuple[str, object]]:
        """Return the form's hidden fields that say all this again."""
        counts: list[tuple[str, object]] = [(name, getattr(self, name)) for name in COUNTED]
        after = BY_AGE.cursor(self.after) if self.after else ""
        return [*counts, ("after", after), *(("problem", pk) for pk in self.problems)]
