"""After a test that commits, the database as it was before the first, with what `migrate` brings.

Django's own way is to flush and to migrate once more, which takes longer than most of the tests.
"""

import atexit
import sqlite3
from collections.abc import Callable

from django.db import connection

from leadportal.db import triggers

COPIES = "clean_slate"  # PostgreSQL's schema of copies


def remember() -> Callable[[], None]:
    """Keep what the database holds now; return what brings exactly that back, triggers too."""
    return _remember_sqlite() if connection.vendor == "sqlite" else _remember_postgresql()


def _remember_sqlite() -> Callable[[], None]:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    connection.ensure_connection()
    connection.connection.backup(copy)

    def restore() -> None:
        connection.ensure_connection()
        copy.backup(connection.connection)

    # From Python 3.13 on a connection that nobody has closed is a warning.
    atexit.register(copy.close)
    return restore


def _remember_postgresql() -> Callable[[], None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(f'CREATE SCHEMA "{COPIES}"')
        for name in tables:
            cursor.execute(f'CREATE TABLE "{COPIES}"."{name}" AS TABLE "{name}"')
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}', EXISTS (SELECT 1 FROM \"{name}\")" for name in tables
            )
        )
        filled = [name for name, has_rows in cursor.fetchall() if has_rows]
    # As a replica fires no triggers: neither those that refuse a DELETE nor those of foreign keys.
    steps = [
        "SET LOCAL session_replication_role = replica",
        *(f'DELETE FROM "{name}"' for name in tables),
        *(f'INSERT INTO "{name}" TABLE "{COPIES}"."{name}"' for name in filled),
    ]
    script = f"BEGIN; {'; '.join(steps)}; COMMIT"

    def restore() -> None:
        with connection.cursor() as cursor:
            cursor.execute(script)
        triggers.install(connection.alias)

    return restore
