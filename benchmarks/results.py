"""The results as a Markdown document, with what they were measured on."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.databases import Dataset, Server
from benchmarks.table import Result

NOTES = "## Notes"  # written by hand, and kept by the next run
PACKAGES = ("Django", "psycopg2-binary", "gunicorn", "crispy-bootstrap5", "whitenoise")
VERDICTS = {None: "", True: "met", False: "**NOT MET**"}


def write(
    path: Path,
    results: Sequence[Result],
    servers: Sequence[Server],
    datasets: Sequence[Dataset],
    seconds: float,
) -> str:
    """Write the results below `path`, keeping its notes; return how many bars are met."""
    notes = path.read_text(encoding="utf-8").partition(NOTES)[2] if path.exists() else ""
    judged = [result for result in results if result.is_met is not None]
    verdict = f"{sum(bool(result.is_met) for result in judged)} of {len(judged)} bars are met."
    lines = [
        "# Results",
        "",
        f"{verdict} Each ratio compares two figures of this run, measured in turn; a ratio of "
        "times is the median of the ratios of the rounds. Written by `python -m benchmarks`.",
        "",
        *_machine(servers),
        f"- {datetime.now(UTC):%-d %B %Y}, {seconds / 60:.0f} minutes; data: "
        + ", ".join(f"{leads:,} leads ({kind})" for kind, leads in datasets),
        "",
        "| subject | rival | database | measured | rival's | ratio | bar | |",
        "|---|---|---|---|---|---:|---:|---|",
        *(f"| {' | '.join(result[:-1])} | {VERDICTS[result.is_met]} |" for result in results),
        "",
    ]
    text = "\n".join(lines) + (f"\n{NOTES}{notes}" if notes else "")
    path.write_text(text, encoding="utf-8")
    return verdict


def _machine(servers: Sequence[Server]) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    databases = ", ".join(server.version() for server in servers)
    return [
        f"- {os.cpu_count()} cores, {_processor()}, {memory:.0f} GB of memory, "
        f"{platform.system()} {platform.release()}",
        f"- Python {platform.python_version()}, {packages}",
        f"- {databases}; persistent connections, DEBUG off, cached templates",
        f"- the code: {_commit()}",
    ]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not in a repository"
