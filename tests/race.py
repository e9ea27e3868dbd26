"""Real threads on the real database, all at once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

START_SECONDS = 30
WAIT_SECONDS = 10


def race(runners: int, act: Callable[[int], Any]) -> list[Any]:
    """Call `act(0)` … `act(runners - 1)`, each in a thread and connection of its own, together.

    Return, in that order, what each returned or the exception that it raised. The test needs
    `@pytest.mark.django_db(transaction=True)`: the others see only what is committed.
    """
    start = Barrier(runners)

    def run(number: int) -> Any:
        try:
            # Connected first, so that nobody's lead is the time it takes to connect.
            connection.ensure_connection()
            start.wait(START_SECONDS)
            return act(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(runners) as threads:
        return list(threads.map(run, range(runners)))


def in_own_connection(act: Callable[..., Any], *args: Any) -> Any:
    """Call `act`, to be given to a thread, and close the connection that it opened there."""
    try:
        return act(*args)
    finally:
        connection.close()


def wait_for_a_lock(sessions: int = 1) -> None:
    """Return once so many other sessions of PostgreSQL wait for somebody's lock."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            # In a transaction the view stays as it was first read.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= sessions:
                return
        time.sleep(0.01)
    raise AssertionError(f"{sessions} sessions were to wait for a lock.")
