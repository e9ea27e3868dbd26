"""Real threads on the real database, all at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

START_SECONDS = 30


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
