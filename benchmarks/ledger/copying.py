"""Rows by the million into a table: past Django's models, by COPY on PostgreSQL."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.db import connection, models

# What COPY's text format takes for something else than itself
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")


class Table:
    """Gathers rows that are like `like`, an unsaved instance, but for the `varying` columns.

    Those are given as the database has them: money in whole cents, times by `moment`.
    """

    def __init__(self, like: models.Model, *varying: str) -> None:
        fields = [
            field
            for field in like._meta.concrete_fields
            if not field.primary_key or field.attname in varying
        ]
        names = [field.attname for field in fields]
        self.name = like._meta.db_table
        self.columns = [field.column for field in fields]
        self.constants = [
            None
            if field.attname in varying
            else field.get_db_prep_save(getattr(like, field.attname), connection)
            for field in fields
        ]
        self.places = [names.index(name) for name in varying]
        self.rows: list[Any] = []
        # In the order of the columns; the order of `varying` is the caller's.
        self.order = sorted(range(len(varying)), key=self.places.__getitem__)
        marks = [_copied(value).replace("%", "%%") for value in self.constants]
        for place in self.places:
            marks[place] = "%s"
        self.line = "\t".join(marks) + "\n"

    def add(self, *values: Any) -> None:
        """Add a row; the values come in the order of `varying`."""
        if connection.vendor == "postgresql":
            self.rows.append(self.line % tuple([_copied(values[place]) for place in self.order]))
            return
        row = self.constants.copy()
        for place, value in zip(self.places, values, strict=True):
            row[place] = value
        self.rows.append(row)

    def write(self) -> None:
        """Store the rows that were added since the last time."""
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.copy_expert(f"COPY {self._target} FROM STDIN", StringIO("".join(self.rows)))
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                insert = f"INSERT INTO {self._target} VALUES ({marks})"  # noqa: S608 - our names
                cursor.executemany(insert, self.rows)
        self.rows.clear()

    @property
    def _target(self) -> str:
        quoted = map(connection.ops.quote_name, self.columns)
        return f"{connection.ops.quote_name(self.name)} ({', '.join(quoted)})"


@contextmanager
def hurried(tables: Iterable[Table]) -> Iterator[None]:
    """Let PostgreSQL index the rows at the end, and not look up what each of them refers to.

    Only a superuser may ask for the latter; for others it takes longer.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE NOT indisunique AND indrelid = ANY (%s::regclass[])",
            [[table.name for table in tables]],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        is_superuser = cursor.fetchone()[0]
        if is_superuser:
            cursor.execute("SET session_replication_role = replica")
        yield
        if is_superuser:
            cursor.execute("SET session_replication_role = origin")
        for _, definition in indexes:
            cursor.execute(definition)


def moment(at: Any) -> Any:
    """Return the aware time as the database takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def _copied(value: Any) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text.translate(_ESCAPED) if _SPECIAL.search(text) else text
