"""How long the audit takes, beside merely streaming the same rows and hashing them.

    python -m tests.postgres python -m benchmarks.audit               (1,000,000 entries)
    DATABASE_URL=sqlite:////tmp/books.sqlite3 python -m benchmarks.audit --entries 50000

It fills an empty database with invented books, at a quarter of the size and at all of it, and
measures each in a process of its own, so that the peak of memory is its own too. With `--report` it
writes the table into benchmarks/AUDIT.md.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "benchmarks" / "AUDIT.md"
BAR = 4.0
# Of the peak of memory at a quarter of the entries
MEMORY_BAR = 1.1

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="of each; the quickest counts")
    parser.add_argument("--report", action="store_true", help=f"write {REPORT.relative_to(ROOT)}")
    parser.add_argument("--measure", choices=sorted(MEASURED), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    if arguments.measure:
        print(json.dumps(measured(arguments.measure)))
        return
    from benchmarks.ledger.books import Books, sizes

    begun = perf_counter()
    books = Books()
    results: dict[int, dict[str, Measured]] = {}
    for size in sizes(arguments.entries):
        books.extend(size)
        settle()
        print(f"{size:,} entries after {perf_counter() - begun:.0f} seconds", flush=True)
        results[size] = best_of(arguments.runs)
        print("\n".join(rows_of(size, results[size])), flush=True)
    lines = list(report(results, arguments.runs))
    print("\n".join(lines[-2:]))
    if arguments.report:
        REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def best_of(runs: int) -> dict[str, Measured]:
    """Measure each in turn, so that what else the machine does falls on all of them."""
    best: dict[str, Measured] = {}
    for _ in range(runs):
        for name in MEASURED:
            result = in_a_process(name)
            if name not in best or result["seconds"] < best[name]["seconds"]:
                best[name] = result
    return best


def in_a_process(name: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.audit", "--measure", name]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    result: Measured = json.loads(output.splitlines()[-1])
    return result


def measured(name: str) -> Measured:
    """Run what bears the name; return its seconds, of them this process's own, and its peak."""
    from django.db import connection

    connection.ensure_connection()
    begun, own = perf_counter(), process_time()
    MEASURED[name]()
    seconds = perf_counter() - begun
    return {"seconds": seconds, "own": process_time() - own, "megabytes": peak()}


def peak() -> float:
    """Return this process's peak of memory, MB; `ru_maxrss` would count its parent's as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def stream_rows() -> None:
    """Merely stream the rows, as tuples in the chain's order, and hash each row's text."""
    for row in streamed():
        hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()


def stream_hashes() -> None:
    """The same with the hash of the chain, which is over canonical JSON."""
    from commissions.ledger.chain import Row, entry_hash

    for row in streamed():
        entry_hash(Row._make(row))


def streamed() -> Any:
    from commissions.ledger.chain import Row
    from commissions.ledger.models import LedgerEntry
    from commissions.ledger.snapshot import snapshot

    with snapshot():
        rows = LedgerEntry.objects.order_by("account_id", "number").values_list(*Row._fields)
        yield from rows.iterator()


def audit() -> None:
    """The whole of `manage.py audit_ledger`."""
    from django.core.management import call_command

    out = StringIO()
    call_command("audit_ledger", stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("The ledger is in order."), out.getvalue()


MEASURED = {"rows": stream_rows, "hashes": stream_hashes, "audit": audit}
WORDS = {
    "rows": "stream the entries and hash them",
    "hashes": "stream the entries and hash them as the chain does",
    "audit": "`manage.py audit_ledger`",
}


def settle() -> None:
    """Let the database count what was filled in, as it does by itself in the course of time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def rows_of(size: int, best: dict[str, Measured]) -> Iterator[str]:
    """Yield the rows of the table for one size."""
    for name, result in best.items():
        ratio = result["seconds"] / best["rows"]["seconds"]
        yield (
            f"| {size:,} | {WORDS[name]} | {result['seconds']:.1f} | {ratio:.2f} "
            f"| {result['own']:.1f} | {result['megabytes']:.0f} |"
        )


def report(results: dict[int, dict[str, Measured]], runs: int) -> Iterator[str]:
    """Yield the report's lines in Markdown; the last two say whether the bars are kept."""
    from django import get_version

    from benchmarks.ledger.books import DEALS, ENTRIES_PER_PARTNER

    yield "# The audit beside merely streaming and hashing its rows"
    yield ""
    yield "Written by `python -m benchmarks.audit --report`."
    yield f"The books are invented: {ENTRIES_PER_PARTNER:,} entries to an account, four of five the"
    yield f"credit of a won lead, which bought one of {DEALS:,} deals."
    yield f"Of {runs} run{'s' if runs > 1 else ''} of each, taken in turn, the quickest counts."
    yield ""
    yield f"{machine()}, Python {platform.python_version()}, Django {get_version()}, {database()}."
    yield ""
    yield "| entries | | seconds | × streaming | of them Python's own | peak MB |"
    yield "|--:|---|--:|--:|--:|--:|"
    for size, best in results.items():
        yield from rows_of(size, best)
    yield ""
    small, large = (results[size]["audit"]["megabytes"] for size in (min(results), max(results)))
    most = results[max(results)]
    ratio = most["audit"]["seconds"] / most["rows"]["seconds"]
    yield f"- Time: {ratio:.2f} ×, {within(ratio, BAR)} of {BAR:.0f} ×."
    ratio = large / small
    yield f"- Memory: {ratio:.2f} × of a quarter's, {within(ratio, MEMORY_BAR)} of {MEMORY_BAR} ×."


def within(ratio: float, bar: float) -> str:
    return "within the bar" if ratio <= bar else "above the bar"


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GB"


def database() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


if __name__ == "__main__":
    main()
