"""How soon the portal is up: `manage.py check` beside a bare project's, and the server's start."""

import os
import subprocess
import sys
from collections.abc import Callable

from benchmarks.databases import Server
from benchmarks.measure import ROOT, Entrant, Figures, Options, Times, compare
from benchmarks.serving import serve

PROJECTS = {
    "manage.py check": "tests.settings",
    "… of a bare project with the same apps": "benchmarks.rivals.bare_settings",
}


def check(server: Server, options: Options) -> Figures:
    """Measure both projects' checks, which query no database."""
    times, _ = compare([Entrant(f"{__name__}:variants")], seconds=options.seconds, warm_up=1)
    return {**times}


def variants() -> dict[str, Callable[[], object]]:
    """Return the check of each project, in a process of its own."""
    # Compiled modules are stored, as in an installation.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def checked(settings: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            (sys.executable, "manage.py", "check"),
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": settings},
            check=True,
            capture_output=True,
        )

    return {name: checked(settings) for name, settings in PROJECTS.items()}


def start(server: Server, options: Options) -> Figures:
    """Measure the server's start with this database."""
    environment, taken = server.filled("leads", min(options.sizes)), {}
    for number in range(options.rounds_of(9, 3)):
        with serve(environment, "--workers=2") as (_, taken[number]):
            pass
    return {"Server, from its start to the first answer": Times(taken)}
