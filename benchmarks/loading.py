"""Rows into the tables in bulk: COPY on PostgreSQL, executemany on SQLite, indexes afterwards.

For empty databases of the benchmark only: foreign keys and triggers do not look meanwhile, so the
triggers are installed last, and whoever loads runs the audit then.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from leadportal.db import triggers
from leads.search_index import keep_index

Rows = list[tuple[Any, ...]]


class Loading:
    """Between entering and leaving, `write` stores rows; then indexes and statistics are made."""

    def __init__(self, tables: Sequence[type[models.Model]]) -> None:
        self.models = tables
        self.is_postgresql = connection.vendor == "postgresql"
        # How a row says NULL
        self.null = r"\N" if self.is_postgresql else None
        self.indexes: list[str] = []

    def __enter__(self) -> "Loading":
        with connection.cursor() as cursor:
            if self.is_postgresql:
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("SET maintenance_work_mem = '512MB'")
            else:
                triggers.drop("default")
                cursor.execute("PRAGMA foreign_keys = OFF")
                cursor.execute("PRAGMA journal_mode = OFF")
                cursor.execute("PRAGMA synchronous = OFF")
                cursor.execute("PRAGMA cache_size = -400000")
            for name, definition in self._droppable(cursor):
                cursor.execute(f'DROP INDEX "{name}"')
                self.indexes.append(definition)
        return self

    def write(self, model: type[models.Model], rows: Rows) -> None:
        """Store rows whose values come in the order of the model's columns."""
        if not rows:
            return
        table = model._meta.db_table
        columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        with connection.cursor() as cursor:
            if self.is_postgresql:
                text = StringIO()
                csv.writer(text).writerows(rows)
                text.seek(0)
                cursor.copy_expert(
                    f"COPY \"{table}\" ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')", text
                )
            else:
                marks = ", ".join("?" * len(rows[0]))
                connection.connection.executemany(
                    f'INSERT INTO "{table}" ({columns}) VALUES ({marks})',  # noqa: S608
                    rows,
                )

    def __exit__(self, *exception: object) -> None:
        if exception[0] is not None:
            return
        with connection.cursor() as cursor:
            for definition in self.indexes:
                cursor.execute(definition)
            for statement in connection.ops.sequence_reset_sql(no_style(), self.models):
                cursor.execute(statement)
            keep_index("default")
            if self.is_postgresql:
                cursor.execute("SET session_replication_role = DEFAULT")
                # As autovacuum would have in the course of time
                cursor.execute("VACUUM (FREEZE, ANALYZE)")
                cursor.execute("CHECKPOINT")
            else:
                cursor.execute("ANALYZE")
        # Last of all, on both databases: PostgreSQL has fired none of them meanwhile.
        triggers.install("default")
        assert not triggers.missing("default")
        connection.close()

    def _droppable(self, cursor: Any) -> list[tuple[str, str]]:
        """Return the names and definitions of the indexes that keep no constraint."""
        if self.is_postgresql:
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
                "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexname::regclass)"
            )
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        found: list[tuple[str, str]] = cursor.fetchall()
        return found
