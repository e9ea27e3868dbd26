"""What was measured: the times of one variant's rounds, and a row of the table of results."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True, slots=True)
class Times:
    """How long each round of one variant took, in seconds."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        return cls(tuple(seconds))

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20)[-1]

    def beside(self, other: "Times") -> float:
        """Return the median, over the rounds that both were measured in, of this beside the other.

        Within a round the machine has about one speed; over a run it swings by half, and where a
        median falls between two speeds is chance.
        """
        pairs = zip(self.seconds, other.seconds, strict=True)
        return median(ours / theirs for ours, theirs in pairs)

    def __str__(self) -> str:
        return f"{self.median * 1_000:.2f} ms (p95 {self.p95 * 1_000:.2f})"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: what was measured, beside what, their ratio, and the bar it has to keep.

    `bar` is None where a figure is told and nothing was promised. A ratio keeps its bar from below
    unless `at_least` says from above.
    """

    subject: str
    what: str
    database: str
    measured: str
    beside: str
    ratio: float
    bar: float | None = None
    at_least: bool = False
    unit: str = "×"

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is kept; None where there is none."""
        if self.bar is None:
            return None
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
