"""The whole form, from its first page to the confirmation, beside two others.

    python -m benchmarks.wizard [--quick]

- django-formtools' SessionWizardView with crispy-forms: the same fields, frame and database writes;
- pretalx's submission of a talk, which has three steps: its release from PyPI, a small event.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import alone
from benchmarks.course import Entrant, compete
from benchmarks.rivals import installing
from benchmarks.timing import Row, Times

SUBJECT = "benchmarks.subjects.wizard"


def rows(databases: Mapping[str, str], quick: bool) -> list[Row]:
    """Measure on each database, which is empty; pretalx on a SQLite of its own."""
    return [row for kind, url in databases.items() for row in _on(kind, url, quick)]


def _on(kind: str, url: str, quick: bool) -> list[Row]:
    environment = {"DATABASE_URL": url}
    alone.told_by(SUBJECT, environment)
    formtools = environment | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.rivals.formtools_settings",
        "PYTHONPATH": str(installing.package("formtools")),
    }
    entrants = [
        Entrant("ours", SUBJECT, environment),
        Entrant("formtools", "benchmarks.rivals.formtools_wizard", formtools),
    ]
    with tempfile.TemporaryDirectory(prefix="pretalx") as folder:
        pretalx, why_not = _pretalx(Path(folder)) if kind == "SQLite" else (None, "")
        if pretalx:
            entrants.append(pretalx)
        times = compete(entrants, rounds=3 if quick else 25).times
    ours = times["ours", "flow"]
    found = [_row(kind, "formtools and crispy-forms", ours, times["formtools", "flow"], 1.15)]
    if pretalx:
        found.append(_row(kind, "pretalx's submission", ours, times["pretalx", "flow"], 0.35))
    elif why_not:
        nan = float("nan")
        found.append(Row("Wizard", "beside pretalx", kind, str(ours), why_not, nan, bar=0.35))
    return found


def _pretalx(folder: Path) -> tuple[Entrant | None, str]:
    """Return pretalx's runner; None, and why, where it cannot be installed here."""
    try:
        python = installing.python("pretalx")
    except subprocess.CalledProcessError as error:
        return None, f"does not install: {error}"
    command = (str(python), "-m", "benchmarks.rivals.pretalx_submission")
    environment = {
        "PRETALX_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "benchmarks.rivals.pretalx_settings",
    }
    return Entrant("pretalx", environment=environment, command=command), ""


def _row(kind: str, other: str, ours: Times, theirs: Times, bar: float) -> Row:
    ratio = ours.beside(theirs)
    return Row("Wizard", f"beside {other}", kind, str(ours), str(theirs), ratio, bar)


if __name__ == "__main__":
    alone.run(rows)
