"""How long the audit takes, beside merely streaming the same rows and hashing them.

    python -m tests.postgres python -m benchmarks.audit               (1,000,000 entries)
    DATABASE_URL=sqlite:////tmp/books.sqlite3 python -m benchmarks.audit --entries 50000

It fills an empty database with invented books, at a quarter of the size and at all of it, and
measures each in a process of its own, so that the peak of memory is its own too.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BAR = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="of each; the quickest counts")
    parser.add_argument("--measure", choices=sorted(MEASURED), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    if arguments.measure:
        print(json.dumps(measured(arguments.measure)))
        return
    from benchmarks.books import Books, sizes

    books = Books()
    print(f"{'entries':>10}  {'':28}{'seconds':>8}  {'ratio':>5}  {'peak MB':>7}")
    for size in sizes(arguments.entries):
        books.extend(size)
        settle()
        report(size, arguments.runs)


def report(size: int, runs: int) -> None:
    """Measure each in turn, so that what else the machine does falls on all of them."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        for name in MEASURED:
            result = in_a_process(name)
            if name not in best or result["seconds"] < best[name]["seconds"]:
                best[name] = result
    for name, result in best.items():
        ratio = result["seconds"] / best["rows"]["seconds"]
        print(
            f"{size:10,}  {WORDS[name]:28}{result['seconds']:8.1f}  {ratio:5.2f}  "
            f"{result['megabytes']:7.0f}",
            flush=True,
        )
    ratio = best["audit"]["seconds"] / best["rows"]["seconds"]
    print(f"{'':12}{'within' if ratio <= BAR else 'above'} the bar of {BAR:.0f} ×", flush=True)


def in_a_process(name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.audit", "--measure", name]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def measured(name: str) -> dict[str, float]:
    """Run what bears the name and return its seconds and this process's peak of memory."""
    from django.db import connection

    connection.ensure_connection()
    begun = perf_counter()
    MEASURED[name]()
    seconds = perf_counter() - begun
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "megabytes": kilobytes / 1024}


def stream_rows() -> None:
    """Merely stream the rows, as tuples in the chain's order, and hash each row's text."""
    for row in streamed():
        hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()


def stream_hashes() -> None:
    """The same with the hash of the chain, which is over canonical JSON."""
    from commissions.chain import Row, entry_hash

    for row in streamed():
        entry_hash(Row._make(row))


def streamed() -> Any:
    from commissions.chain import Row
    from commissions.models import LedgerEntry
    from commissions.snapshot import snapshot

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
    "rows": "stream and hash the rows",
    "hashes": "stream and hash the chain",
    "audit": "audit_ledger",
}


def settle() -> None:
    """Let the database count what was filled in, as it does by itself in the course of time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    main()
