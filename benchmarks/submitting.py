"""Submitting and deciding by 50 clients at once, against the real server.

    python -m benchmarks.submitting [--quick]

SQLite is served by sync workers, as many as gunicorn's documentation recommends for two cores:
twice the cores and one. PostgreSQL is served by two gthread ones. Beside the submission stands a
bare view that validates a form and inserts one row, served by the same workers. In a first round
each worker loads what it needs: only its errors count.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks import alone
from benchmarks.course import ROOT
from benchmarks.serving import server
from benchmarks.timing import Row, Times

SUBJECT = "benchmarks.subjects.submitting"
CLIENTS = 50
WORKERS = {
    "SQLite": ("--workers=5", "--worker-class=sync"),
    "PostgreSQL": ("--workers=2", "--worker-class=gthread", "--threads=4"),
}
Load = list[dict[str, Any]]


def rows(databases: Mapping[str, str], quick: bool) -> list[Row]:
    """Measure on each database, which is empty."""
    return [row for kind, url in databases.items() for row in _on(kind, url, quick)]


def _on(kind: str, url: str, quick: bool) -> list[Row]:
    rounds, posts = (2, 2) if quick else (6, 8)
    environment = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.rivals.one_row_settings",
        "CLIENTS": str(CLIENTS),
        "POSTS": str((1 + rounds) * posts),
    }
    loads: dict[str, Load] = alone.told_by(SUBJECT, environment)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in loads}
    with server(environment, *WORKERS[kind]) as (port, _):
        for number in range(1 + rounds):
            for name, load in loads.items():
                part = slice(number * posts, (number + 1) * posts)
                found[name].append(_put(port, load, part))
    rates = {name: _rate(results[1:]) for name, results in found.items()}
    latencies = {
        name: Times.of([latency for result in results[1:] for latency in result["latencies"]])
        for name, results in found.items()
    }
    errors = [
        error
        for name in ("submit", "mixed")
        for result in found[name]
        for error in result["errors"]
    ]
    for error in errors[:10]:
        print(error, file=sys.stderr)
    sent = sum(len(latencies[name].seconds) for name in ("submit", "mixed"))
    p99 = sorted(latencies["submit"].seconds)[int(0.99 * len(latencies["submit"].seconds))]
    subject = f"Submitting by {CLIENTS} clients at once"
    return [
        Row(
            subject,
            "submits per second, beside a bare one-row insert view",
            kind,
            f"{rates['submit']:.0f}/s",
            f"{rates['bare']:.0f}/s",
            rates["submit"] / rates["bare"],
            bar=0.25,
            at_least=True,
        ),
        Row(
            f"Submitting and deciding by {CLIENTS} clients at once",
            "errors",
            kind,
            str(len(errors)),
            f"{sent:,} posts at {rates['mixed']:.0f}/s",
            len(errors),
            bar=0,
            unit="",
        ),
        Row(
            subject,
            "99th percentile of the time to the answer, beside the median",
            kind,
            f"{p99 * 1_000:.0f} ms",
            f"{latencies['submit'].median * 1_000:.0f} ms",
            p99 / latencies["submit"].median,
            bar=3 if kind == "SQLite" else None,
        ),
    ]


def _put(port: int, load: Load, part: slice) -> dict[str, Any]:
    clients = [client | {"posts": client["posts"][part]} for client in load]
    output = subprocess.run(
        (sys.executable, "-m", "benchmarks.load", str(port)),
        cwd=ROOT,
        input=json.dumps(clients),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    result: dict[str, Any] = json.loads(output)
    return result


def _rate(results: list[dict[str, Any]]) -> float:
    """Return the posts answered per second."""
    posts = sum(len(result["latencies"]) for result in results)
    return posts / sum(result["seconds"] for result in results)


if __name__ == "__main__":
    alone.run(rows)
