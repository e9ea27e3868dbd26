"""Measure the portal: `python -m benchmarks`, or `--quick` without the million leads."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

from benchmarks import results, table
from benchmarks.databases import DATABASES, Server, servers
from benchmarks.measure import QUICK_SECONDS, ROOT, SECONDS, Figures, Options

Part = Callable[[Server, Options], Figures]
AUDIT = "audit"  # has its own data and report, so it is measured only where it is asked for
ONCE = ("weight", "check")  # the same on every database
NAMES = [name for name in table.BARS if name != AUDIT]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer leads, shorter")
    parser.add_argument("--only", action="append", choices=list(table.BARS), help="these parts")
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--seconds", type=float, help="of each comparison")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of filled databases")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    arguments = parser.parse_args()
    begun = time.monotonic()

    def report(text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - begun), 60)
        print(f"{minutes:3}:{seconds:02} {text}", file=sys.stderr, flush=True)

    is_quick, names = arguments.quick, arguments.only or NAMES
    options = Options(
        table.QUICK_SIZES if is_quick else table.SIZES,
        table.QUICK_LEDGER_SIZES if is_quick else table.LEDGER_SIZES,
        is_quick,
        arguments.seconds or (QUICK_SECONDS if is_quick else SECONDS),
    )
    datasets = [("leads", size) for size in options.sizes if set(names) != {AUDIT}]
    datasets += [("ledger", size) for size in options.ledger_sizes if AUDIT in names]
    found: list[table.Result] = []
    parts = _parts()
    with servers(datasets, arguments.database or DATABASES, arguments.keep, report) as made:
        for name in names:
            for server in made[-1:] if name in ONCE else made:
                report(f"measuring {name} on {server.kind}")
                figures = parts[name](server, options)
                database = table.ANY if name in ONCE else server.kind
                found += table.results(name, database, figures, is_quick=is_quick)
        verdict = results.write(arguments.output, found, made, datasets, time.monotonic() - begun)
    for result in found:
        if result.is_met is False:
            print("NOT MET:", *result[:-1], sep=" | ")
    report(f"{verdict} Written to {arguments.output}")


def _parts() -> dict[str, Part]:
    """Return what measures each part of the table."""
    # The subjects need Django's models.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    from benchmarks.subjects import bulk, form, ledger_audit, pages, startup, submits, weight

    return {
        "leads": pages.leads,
        "search": pages.search,
        "queue": pages.queue,
        "form": form.figures,
        "submits": submits.figures,
        "bulk": bulk.figures,
        "weight": weight.figures,
        "check": startup.check,
        "server": startup.start,
        AUDIT: ledger_audit.figures,
    }


if __name__ == "__main__":
    main()
