"""Every trigger of the database, for SQLite and PostgreSQL: what the code must never do, refused.

A model declares what it wants:

- `append_only = True`: no row is ever updated or deleted (nor truncated, on PostgreSQL);
- `guarded_transitions = (column, {value: (allowed values, …)})`: no other move of the column;
- `searched_columns = {column: SQL}`: SQLite's full-text table follows these columns; it holds what
  the SQL makes of each, where `{row}` stands for the row.

SQLite loses triggers silently when a migration remakes their table, so there they are dropped
before migrating. On both databases they are installed after it, and a system check compares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of one table: when it fires, and what it does on each vendor (None: not there)."""

    table: str
    name: str
    event: str
    sqlite: str | None
    postgresql: str | None
    level: str = "ROW"

    def definition(self, vendor: str) -> str | None:
        """Return the text by which the database itself keeps this trigger, to compare with."""
        if vendor == "sqlite":
            return self.sqlite and f'CREATE TRIGGER "{self.name}" {self.event} {self.sqlite}'
        # It quotes only the names that need it, and the names of tables and columns here do not.
        unquoted = self._on_table.replace('"', "")
        return self.postgresql and f"{unquoted} {self._body}"

    @property
    def _on_table(self) -> str:
        return (
            f'CREATE TRIGGER "{self.name}" {self.event} '
            f'FOR EACH {self.level} EXECUTE FUNCTION "{self.name}"()'
        )

    @property
    def _body(self) -> str:
        return f"BEGIN {self.postgresql} END"

    def statements(self, vendor: str) -> tuple[str, ...]:
        """Return the SQL that makes the trigger."""
        definition = self.definition(vendor)
        if definition is None:
            return ()
        if vendor == "sqlite":
            return (definition,)
        return (
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"AS $${self._body}$$",
            self._on_table,
        )


def declared() -> Iterator[Trigger]:
    """Yield the triggers that the installed models declare."""
    for model in apps.get_models():
        table = model._meta.db_table
        if getattr(model, "append_only", False):
            yield from _append_only(table)
        if hasattr(model, "guarded_transitions"):
            column, transitions = model.guarded_transitions
            yield _guarded(table, column, transitions)
        if hasattr(model, "searched_columns"):
            yield from _searched(table, model.searched_columns)


def missing(using: str) -> list[Trigger]:
    """Return the declared triggers that the database lacks, holds changed, or has switched off."""
    connection = connections[using]
    existing = _existing(connection)
    tables = set(connection.introspection.table_names())
    return [
        trigger
        for trigger in declared()
        if trigger.table in tables
        and trigger.definition(connection.vendor) != existing.get(trigger.name)
    ]


def install(using: str) -> None:
    """Create the declared triggers that the database lacks. Idempotent."""
    connection = connections[using]
    triggers = missing(using)
    with connection.cursor() as cursor:
        for trigger in triggers:
            cursor.execute(_drop(trigger, connection.vendor))
            for statement in trigger.statements(connection.vendor):
                cursor.execute(statement)


def drop(using: str) -> None:
    """Drop the declared triggers that the database has. Idempotent."""
    connection = connections[using]
    existing = _existing(connection)
    with connection.cursor() as cursor:
        for trigger in declared():
            if trigger.name in existing:
                cursor.execute(_drop(trigger, connection.vendor))


def drop_before_migrate(using: str, plan: list[Any] | None = None, **kwargs: Any) -> None:
    """Before a SQLite database is migrated (a table remake loses them), drop its triggers."""
    if connections[using].vendor == "sqlite" and plan:
        drop(using)


def install_after_migrate(using: str, **kwargs: Any) -> None:
    """After migrating, install what is missing."""
    install(using)


def check(databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare the declared triggers with the database's (run by `check --database default`).

    A warning, as an error would keep `migrate` from mending it.
    """
    return [
        checks.Warning(
            f"The trigger {trigger.name} is missing, changed or switched off.",
            hint="Run: manage.py migrate",
            id="leadportal.W001",
        )
        for using in databases or ()
        for trigger in missing(using)
    ]


def _existing(connection: Any) -> dict[str, str]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT t.tgname, pg_get_triggerdef(t.oid, true) || ' ' || p.prosrc FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') "
        "AND pg_table_is_visible(c.oid)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def _drop(trigger: Trigger, vendor: str) -> str:
    on = "" if vendor == "sqlite" else f' ON "{trigger.table}"'
    return f'DROP TRIGGER IF EXISTS "{trigger.name}"{on}'


def _append_only(table: str) -> Iterator[Trigger]:
    for operation in ("UPDATE", "DELETE", "TRUNCATE"):
        message = f"{table} is append-only: {operation} is refused"
        truncates = operation == "TRUNCATE"
        yield Trigger(
            table,
            f"{table}_no_{operation.lower()}",
            f'BEFORE {operation} ON "{table}"',
            # SQLite knows no TRUNCATE: Django sends a DELETE instead.
            None if truncates else f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';",
            level="STATEMENT" if truncates else "ROW",
        )


def _guarded(table: str, column: str, transitions: dict[str, tuple[str, ...]]) -> Trigger:
    allowed = " OR ".join(
        f"(OLD.\"{column}\" = '{old}' AND NEW.\"{column}\" = '{new}')"
        for old, targets in transitions.items()
        for new in targets
    )
    illegal = f'OLD."{column}" <> NEW."{column}" AND NOT ({allowed})'
    message = f"illegal move of {table}.{column}"
    return Trigger(
        table,
        f"{table}_{column}_moves",
        # Not `UPDATE OF` the column: PostgreSQL would no longer let a migration alter its type.
        f'BEFORE UPDATE ON "{table}"',
        f"WHEN {illegal} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"IF {illegal} THEN RAISE EXCEPTION '{message} from % to %', "
        f'OLD."{column}", NEW."{column}" USING ERRCODE = \'check_violation\'; END IF; '
        "RETURN NEW;",
    )


def _searched(table: str, columns: dict[str, str]) -> Iterator[Trigger]:
    # PostgreSQL keeps its own index; SQLite's full-text table is kept by these (see leads.search).
    index = f"{table}_search"
    names = ", ".join(f'"{column}"' for column in columns)
    new, old = (", ".join(columns.values()).format(row=row) for row in ("NEW", "OLD"))
    # The names are the models' own, not anybody's input.
    add = f'INSERT INTO "{index}"(rowid, {names}) VALUES (NEW.id, {new});'  # noqa: S608
    remove = (
        f'INSERT INTO "{index}"("{index}", rowid, {names}) '  # noqa: S608
        f"VALUES ('delete', OLD.id, {old});"
    )
    for name, event, body in (
        ("add", f'AFTER INSERT ON "{table}"', add),
        ("change", f'AFTER UPDATE OF {names} ON "{table}"', f"{remove} {add}"),
        ("remove", f'AFTER DELETE ON "{table}"', remove),
    ):
        yield Trigger(table, f"{index}_{name}", event, f"BEGIN {body} END", None)
