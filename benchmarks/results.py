"""The table of results, and what it was measured on."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg2

from benchmarks.databases import Ground
from benchmarks.timing import Row

WHY = "## Why"  # written by hand, and kept by the next run
PACKAGES = ("Django", "psycopg2-binary", "gunicorn", "crispy-bootstrap5", "whitenoise")


def write(path: Path, rows: list[Row], ground: Ground, seconds: float) -> None:
    """Write the rows as a Markdown document; what it says of the reasons stays as it is."""
    reasons = path.read_text().partition(WHY)[2] if path.exists() else ""
    kept = [row for row in rows if row.is_met is not None]
    missed = [row for row in kept if not row.is_met]
    lines = [
        "# Results",
        "",
        f"{len(kept) - len(missed)} of {len(kept)} bars are met. Each ratio is the median of those "
        "of one run's rounds: in a round all that is compared is measured in turn.",
        "",
        *_machine(ground),
        f"- {datetime.now(UTC):%-d %B %Y}, {seconds / 60:.0f} minutes, sizes "
        + ", ".join(f"{size:,}" for size in ground.sizes),
        "",
        "| | what | database | measured | beside | ratio | bar | |",
        "|---|---|---|---|---|---:|---:|---|",
        *map(_line, rows),
        "",
    ]
    path.write_text("\n".join(lines) + (f"\n{WHY}{reasons}" if reasons else ""))


def _line(row: Row) -> str:
    bar = "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {row.bar:g} {row.unit}"
    verdict = {None: "", True: "met", False: "**NOT MET**"}[row.is_met]
    ratio = f"{row.ratio:.3g}" if row.unit != "×" else f"{row.ratio:.2f}"
    cells = (row.subject, row.what, row.database, row.measured, row.beside)
    return f"| {' | '.join(cells)} | {ratio} {row.unit} | {bar} | {verdict} |"


def _machine(ground: Ground) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- {os.cpu_count()} cores, {_processor()}, {memory:.0f} GB of memory, "
        f"{platform.system()} {platform.release()}",
        f"- Python {platform.python_version()}, {packages}",
        f"- {_databases(ground)}; persistent connections, DEBUG off, cached templates",
        f"- the code: {_commit()}",
    ]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _databases(ground: Ground) -> str:
    names = []
    if "postgresql" in ground.vendors:
        connection = psycopg2.connect(
            host=str(ground.folder / "pg"), user="postgres", dbname="postgres"
        )
        number = connection.server_version
        connection.close()
        names.append(f"PostgreSQL {number // 10_000}.{number % 10_000}")
    if "sqlite" in ground.vendors:
        names.append(f"SQLite {sqlite3.sqlite_version}")
    return ", ".join(names)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not in a repository"
