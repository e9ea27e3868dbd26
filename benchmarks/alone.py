"""Run one of the benchmarks by itself: `python -m benchmarks.NAME [--quick]`.

On SQLite in a temporary folder; on PostgreSQL as `python -m tests.postgres python -m
benchmarks.NAME`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.course import ROOT
from benchmarks.timing import Row

Measure = Callable[[Mapping[str, str], bool], list[Row]]


def run(measure: Measure) -> None:
    """Measure on the database of DATABASE_URL, else on a SQLite of its own; print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with tempfile.TemporaryDirectory(prefix="benchmark") as folder:
        url = os.environ.get("DATABASE_URL") or f"sqlite:///{Path(folder) / 'portal.sqlite3'}"
        kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        show(measure({kind: url}, quick))


def show(rows: list[Row]) -> None:
    """Print the rows, one below the other."""
    verdicts = {True: "met", False: "NOT MET", None: ""}
    for row in rows:
        bar = "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {row.bar:g} {row.unit}"
        print(
            f"{row.subject} | {row.what} | {row.database} | {row.measured} | {row.beside} | "
            f"{row.ratio:.3g} {row.unit} | {bar} | {verdicts[row.is_met]}",
            flush=True,
        )


def told_by(subject: str, environment: Mapping[str, str]) -> Any:
    """Return what the subject's `tell` returns, in a process of its own."""
    output = subprocess.run(
        (sys.executable, "-m", "benchmarks.tell", subject),
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])
