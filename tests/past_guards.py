"""Changes that the database's triggers refuse, for a test that needs a state no door leads to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from leadportal.db import triggers


@contextmanager
def past_guards() -> Iterator[None]:
    """Let no trigger fire inside; CHECK and UNIQUE constraints hold all the same."""
    if connection.vendor == "sqlite":
        with triggers.suspended("default"):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")
