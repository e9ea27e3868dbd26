"""Measure everything: `python -m benchmarks`, or `--quick` without the million leads."""

import argparse
import os
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from benchmarks.databases import QUICK_SIZES, ROOT, SIZES, VENDORS, empty, ground
from benchmarks.results import write
from benchmarks.timing import Row

FILLED = ("leads_tab", "search", "queue")  # measured on the filled databases
EMPTY = ("wizard", "submitting", "bulk", "weight", "start")  # each fills an empty one as it needs
MODULES = (*FILLED, *EMPTY)
QUICK_ROUNDS = 3  # enough to see a fault, too few to tell 1.05 from 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 100,000 leads only")
    parser.add_argument("--only", action="append", choices=MODULES, help="measure this alone")
    parser.add_argument("--database", action="append", choices=list(VENDORS))
    parser.add_argument("--rounds", type=int, help="fewer, for a first look")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of filled databases")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    arguments = parser.parse_args()
    # Of what fills its own database; the others say themselves which settings they have.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    begun = time.monotonic()

    def tell(words: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - begun), 60)
        print(f"{minutes:3}:{seconds:02} {words}", file=sys.stderr, flush=True)

    sizes = QUICK_SIZES if arguments.quick else SIZES
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else None)
    vendors = arguments.database or list(VENDORS)
    rows: list[Row] = []
    with ground(sizes, vendors, arguments.keep, tell) as made:
        for name in arguments.only or MODULES:
            tell(f"measuring {name}")
            module = import_module(f"benchmarks.{name}")
            if name in FILLED:
                found = module.rows(made, rounds=rounds)
                if arguments.quick:
                    found = [_unjudged(row) for row in found]
            else:
                found = module.rows(empty(made, name), arguments.quick)
            for row in found:
                tell(f"  {row.subject}, {row.what}, {row.database}: {row.ratio:.2f} {row.unit}")
            rows += found
        write(arguments.output, rows, made, time.monotonic() - begun)
    tell(f"written to {arguments.output}")


def _unjudged(row: Row) -> Row:
    """Return a ratio of times without its bar, which is for a million leads and many rounds."""
    return replace(row, bar=None) if row.unit == "×" else row


if __name__ == "__main__":
    main()
