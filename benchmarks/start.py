"""How soon the portal is there: `manage.py check` beside a bare project's, and the server.

python -m benchmarks.start [--quick]
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from time import perf_counter

from benchmarks import alone
from benchmarks.course import ROOT
from benchmarks.serving import server
from benchmarks.timing import Row, Times

PORTAL, BARE = "tests.settings", "benchmarks.rivals.bare_settings"


def rows(databases: Mapping[str, str], quick: bool) -> list[Row]:
    """Measure the checks, which ask no database, and the server with each database."""
    rounds = 3 if quick else 25
    seconds: dict[str, list[float]] = {PORTAL: [], BARE: []}
    for number in range(-1, rounds):
        for settings, taken in seconds.items():
            begun = perf_counter()
            _check(settings)
            if number >= 0:
                taken.append(perf_counter() - begun)
    portal, bare = Times.of(seconds[PORTAL]), Times.of(seconds[BARE])
    ratio = portal.beside(bare)
    words = "beside a bare project with the same apps"
    return [
        Row("manage.py check", words, "–", str(portal), str(bare), ratio, bar=1.3),
        *(_server(kind, url, 3 if quick else 9) for kind, url in databases.items()),
    ]


def _check(settings: str) -> None:
    command = (sys.executable, "manage.py", "check")
    environment = _compiled() | {"DJANGO_SETTINGS_MODULE": settings}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def _compiled() -> dict[str, str]:
    """Return the environment in which modules are compiled once, as where they are installed."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _server(kind: str, url: str, rounds: int) -> Row:
    environment = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": PORTAL}
    for command in ("migrate", "createcachetable"):
        subprocess.run(
            (sys.executable, "manage.py", command, "--verbosity=0"),
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
        )
    taken = []
    for _ in range(rounds):
        with server(environment, "--workers=2") as (_, seconds):
            taken.append(seconds)
    times = Times.of(taken)
    words = "from its start to the first answer"
    return Row("Server", words, kind, str(times), "", times.median, bar=2, unit="s")


if __name__ == "__main__":
    alone.run(rows)
