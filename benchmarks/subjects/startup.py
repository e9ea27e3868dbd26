"""How soon the portal is up: `manage.py check` beside a bare project's, and the server's start."""

import os
import subprocess
import sys
from time import perf_counter

from benchmarks.databases import Server
from benchmarks.measure import ROOT, Figures, Options, Times
from benchmarks.serving import serve

PROJECTS = {
    "manage.py check": "tests.settings",
    "… of a bare project with the same apps": "benchmarks.rivals.bare_settings",
}


def check(server: Server, options: Options) -> Figures:
    """Measure both projects' checks in turn; they query no database."""
    seconds: dict[str, dict[int, float]] = {name: {} for name in PROJECTS}
    for number in range(-1, options.rounds_of(25, 5)):
        for name, settings in PROJECTS.items():
            begun = perf_counter()
            subprocess.run(
                (sys.executable, "manage.py", "check"),
                cwd=ROOT,
                env=_environment() | {"DJANGO_SETTINGS_MODULE": settings},
                check=True,
                capture_output=True,
            )
            if number >= 0:
                seconds[name][number] = perf_counter() - begun
    return {name: Times(taken) for name, taken in seconds.items()}


def start(server: Server, options: Options) -> Figures:
    """Measure the server's start with this database."""
    taken = {}
    for number in range(options.rounds_of(9, 3)):
        environment = server.filled("leads", min(options.sizes))
        with serve(environment, "--workers=2") as (_, taken[number]):
            pass
    return {"Server, from its start to the first answer": Times(taken)}


def _environment() -> dict[str, str]:
    """Return the environment in which compiled modules are stored, as in an installation."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
