"""Bulk approval beside approving one lead at a time: same rules, same history, same mail.

python -m benchmarks.bulk [--quick]
"""

from collections.abc import Mapping

from benchmarks import alone
from benchmarks.course import Entrant, compete
from benchmarks.timing import Row

SUBJECT = "benchmarks.subjects.bulk"
WARM_UP = 1


def rows(databases: Mapping[str, str], quick: bool) -> list[Row]:
    """Measure on each database, which is empty."""
    return [row for kind, url in databases.items() for row in _on(kind, url, quick)]


def _on(kind: str, url: str, quick: bool) -> list[Row]:
    leads, rounds, across = (100, 2, 2_000) if quick else (1_000, 3, 100_000)
    if kind == "SQLite":
        across //= 5  # the same pages, and minutes less
    environment = {"DATABASE_URL": url, "LEADS": str(leads), "ACROSS": str(across)}
    told = alone.told_by(SUBJECT, environment)
    entrant = Entrant(kind, SUBJECT, environment | {"RUNS": str(WARM_UP + rounds)})
    times = compete([entrant], rounds=rounds, warm_up=WARM_UP).times
    at_once, one_by_one = times[kind, "at once"], times[kind, "one by one"]
    subject = f"Bulk approval of {leads:,} leads"
    return [
        Row(
            subject,
            "one decision beside one by one",
            kind,
            str(at_once),
            str(one_by_one),
            at_once.beside(one_by_one),
            bar=0.5,
        ),
        Row(
            subject,
            "statements, mail aside, beside those for 10 leads",
            kind,
            str(told["many"]),
            str(told["few"]),
            told["many"] / told["few"],
            bar=1.0,
        ),
        Row(
            f"All of a filter of {across:,} leads",
            f"a step of 1,000 of {told['steps']:.0f}, beside the page that asks before",
            kind,
            f"{told['step']:.2f} s",
            f"{told['between']:.2f} s",
            told["step"] / told["between"],
        ),
    ]


if __name__ == "__main__":
    alone.run(rows)
