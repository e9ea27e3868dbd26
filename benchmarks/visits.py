"""Visits of a page by a signed-in browser inside the process, and what they ask the database."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def browser(email: str) -> Any:
    """Return a client in which this person is signed in; its connection persists."""
    from django.test import Client

    from leadportal.partners.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=email))
    return client


def visit(client: Any, address: str, rows: int | None = None) -> Callable[[], bytes]:
    """Return the visit of a page, tried once: it answers, and with so many rows in its table."""

    def page() -> bytes:
        response = client.get(address, secure=True)
        assert response.status_code == 200, (address, response.status_code)
        content: bytes = response.content
        return content

    if rows is not None:
        found = page().partition(b"<tbody")[2].count(b"<tr")
        assert found == rows, f"{address}: {found} rows where {rows} are expected"
    return page


def statements(subject: str, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the SQL that each variant of a subject sends, by the variant's name."""
    command = [sys.executable, "-m", "benchmarks.visits", subject]
    output = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE
    ).stdout
    found: dict[str, list[str]] = json.loads(output)
    return found


def _print_statements(subject: str) -> None:
    from importlib import import_module

    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    sent = {}
    for name, run in import_module(subject).variants().items():
        run()
        with CaptureQueriesContext(connection) as queries:
            run()
        sent[name] = [query["sql"] for query in queries]
    print(json.dumps(sent))


if __name__ == "__main__":
    _print_statements(sys.argv[1])
