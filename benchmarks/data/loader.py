"""The bulk loader: COPY on PostgreSQL, executemany on SQLite. For empty databases only."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from operator import attrgetter
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction

from leadportal.db import triggers
from leads.models.search_index import ensure_index

NULL = r"\N"  # how a row of COPY says NULL


class Table:
    """Rows of one model, collected until `write` stores them.

    `constants`, the model's defaults and a running id fill the columns that no row names.
    """

    def __init__(self, model: type[models.Model], **constants: Any) -> None:
        self.model, self.like = model, model(**constants)
        self.last_id = 0
        self.names: tuple[str, ...] = ()
        self.rows: list[tuple[Any, ...]] = []

    def add(self, **values: Any) -> int:
        """Add a row, whose names are those of the first row, in the same order; return its id.

        The values are as the database stores them: money in whole cents, times as text in UTC.
        """
        if not self.names:
            self._begin(tuple(values))
        assert tuple(values) == self.names, (self.model, values)
        self.last_id += 1
        self.rows.append((self.last_id, *values.values(), *self.constants))
        return self.last_id

    def _begin(self, names: tuple[str, ...]) -> None:
        fields = {field.attname: field for field in self.model._meta.concrete_fields}
        others = [f for name, f in fields.items() if name not in names and not f.primary_key]
        self.names = names
        self.columns = [fields[name].column for name in ("id", *names)]
        self.columns += [field.column for field in others]
        self.constants = [
            field.get_db_prep_save(getattr(self.like, field.attname), connection)
            for field in others
        ]


def write(tables: Sequence[Table]) -> None:
    """Store the collected rows of all tables in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in filter(attrgetter("rows"), tables):
            name = table.model._meta.db_table
            columns = '", "'.join(table.columns)
            target = f'"{name}" ("{columns}")'
            if connection.vendor == "postgresql":
                text = StringIO()
                csv.writer(text).writerows(
                    [NULL if value is None else value for value in row] for row in table.rows
                )
                text.seek(0)
                cursor.copy_expert(f"COPY {target} FROM STDIN (FORMAT csv, NULL '{NULL}')", text)
            else:
                marks = ", ".join("?" * len(table.columns))
                insert = f"INSERT INTO {target} VALUES ({marks})"  # noqa: S608 - our own names
                connection.connection.executemany(insert, table.rows)
            table.rows.clear()


@contextmanager
def loading(tables: Sequence[Table]) -> Iterator[None]:
    """Load without indexes, foreign keys and triggers; make them afterwards, the triggers last.

    Then audit what was loaded, as nothing was checked meanwhile. Where the load fails the database
    stays as it is: throw it away.
    """
    is_postgresql = connection.vendor == "postgresql"
    before = (
        ("SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'")
        if is_postgresql
        else (
            "PRAGMA foreign_keys = OFF",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA cache_size = -400000",
        )
    )
    triggers.drop("default")
    with connection.cursor() as cursor:
        for statement in before:
            cursor.execute(statement)
        indexes = _droppable_indexes(cursor)
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [table.model for table in tables]
        ):
            cursor.execute(statement)
        ensure_index("default")
        if is_postgresql:
            cursor.execute("SET session_replication_role = DEFAULT")
            # Autovacuum is off, so that it does not run while something is measured.
            cursor.execute("VACUUM (FREEZE, ANALYZE)")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("ANALYZE")
    triggers.install("default")
    connection.close()
    call_command("audit_ledger", verbosity=0)


def _droppable_indexes(cursor: Any) -> list[tuple[str, str]]:
    """Return the names and definitions of the indexes that belong to no constraint."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexname::regclass)"
        if connection.vendor == "postgresql"
        else "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    return found
