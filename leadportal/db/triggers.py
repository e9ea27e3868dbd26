"""All triggers of the database, on SQLite and PostgreSQL: they refuse what the code must never do.

A model declares what it wants with `guard = Guard(...)`, what is refused for its table (see
`leadportal.db.guards`), and with `searched_columns = {column: SQL}`, which SQLite's full-text table
follows; it stores the result of the SQL, in which `{row}` stands for the row.

SQLite loses triggers silently when a migration recreates their table, so there they are dropped
before migrating. On both databases they are installed afterwards, and a system check compares them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from leadportal.db import guard_rules, guards
from leadportal.db.guard_rules import ALWAYS, Rule


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of one table: when it fires, and the body that this kind of database runs."""

    table: str
    name: str
    event: str
    body: str
    vendor: str
    level: str = "ROW"
    kind: str = "TRIGGER"

    @property
    def definition(self) -> str:
        """The definition as the database stores it, for comparison."""
        if self.vendor == "sqlite":
            return f'CREATE {self.kind} "{self.name}" {self.event} {self.body}'
        # PostgreSQL quotes only names that need it; the names of these tables and columns do not.
        unquoted = self._on_table.replace('"', "")
        return f"{unquoted} {self.body}"

    @property
    def _on_table(self) -> str:
        return (
            f'CREATE {self.kind} "{self.name}" {self.event} '
            f'FOR EACH {self.level} EXECUTE FUNCTION "{self.name}"()'
        )

    def statements(self) -> tuple[str, ...]:
        """Return the SQL that makes the trigger."""
        if self.vendor == "sqlite":
            return (self.definition,)
        return (
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"AS $${self.body}$$",
            self._on_table,
        )


def declared(using: str) -> Iterator[Trigger]:
    """Yield the triggers that the installed models declare, as the database is to have them."""
    connection = connections[using]
    for model in guards.guarded_models():
        yield from _guarding(model, connection)
    if connection.vendor == "sqlite":
        for model in apps.get_models():
            if hasattr(model, "searched_columns"):
                yield from _searched(model._meta.db_table, model.searched_columns)


def missing(using: str) -> list[Trigger]:
    """Return the declared triggers that the database lacks, has changed, or has disabled."""
    connection = connections[using]
    existing = _existing(connection)
    tables = set(connection.introspection.table_names())
    return [
        trigger
        for trigger in declared(using)
        if trigger.table in tables and trigger.definition != existing.get(trigger.name)
    ]


def undeclared(using: str) -> list[str]:
    """Return the names of the guarding triggers in the database that no model declares."""
    names = {trigger.name for trigger in declared(using)}
    existing = _existing(connections[using])
    return sorted(name for name in existing if "_guard_" in name and name not in names)


def install(using: str) -> None:
    """Create the declared triggers that the database lacks, drop undeclared ones. Idempotent."""
    triggers = missing(using)
    with transaction.atomic(using), connections[using].cursor() as cursor:
        _drop(using, [trigger.name for trigger in triggers] + undeclared(using))
        for trigger in triggers:
            for statement in trigger.statements():
                cursor.execute(statement)


def drop(using: str) -> None:
    """Drop the declared triggers, and those of guards that are no longer declared. Idempotent."""
    existing = _existing(connections[using])
    names = [trigger.name for trigger in declared(using) if trigger.name in existing]
    with transaction.atomic(using):
        _drop(using, names + undeclared(using))


@contextmanager
def suspended(using: str) -> Iterator[None]:
    """Drop the triggers for a bulk load and install them when it has succeeded.

    Run the audit afterwards: nothing is checked during the load.
    """
    drop(using)
    yield
    install(using)


def drop_before_migrate(using: str, plan: list[Any] | None = None, **kwargs: Any) -> None:
    """Drop a SQLite database's triggers before migrating: recreating a table would lose them."""
    if connections[using].vendor == "sqlite" and plan:
        drop(using)


def install_after_migrate(using: str, **kwargs: Any) -> None:
    """After migrating, install what is missing."""
    install(using)


def check(databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare the declared triggers with the database's (run by `check --database default`).

    A warning, because an error would keep `migrate` from restoring them.
    """
    problems = [
        f"The trigger {name} {problem}."
        for using in databases or ()
        for problem, names in (
            ("is missing, changed or switched off", [one.name for one in missing(using)]),
            ("is declared by no model", undeclared(using)),
        )
        for name in names
    ]
    return [
        checks.Warning(problem, hint="Run: manage.py migrate", id="leadportal.W001")
        for problem in problems
    ]


def _existing(connection: BaseDatabaseWrapper) -> dict[str, str]:
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


def _drop(using: str, names: Sequence[str]) -> None:
    # A trigger's name begins with its table's name; PostgreSQL requires both.
    with connections[using].cursor() as cursor:
        for name in names:
            on = "" if connections[using].vendor == "sqlite" else f' ON "{_table_of(name)}"'
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')


def _table_of(name: str) -> str:
    return name.partition("_guard_")[0]


def _guarding(model: type[Model], connection: BaseDatabaseWrapper) -> Iterator[Trigger]:
    table, vendor = model._meta.db_table, connection.vendor
    for operation, rules in guard_rules.rules(model, connection).items():
        if rules:
            truncates = operation == "TRUNCATE"
            yield Trigger(
                table,
                f"{table}_guard_{operation.lower()}",
                # Not `UPDATE OF` columns: PostgreSQL would no longer let a migration alter them.
                f'BEFORE {operation} ON "{table}"',
                _body(rules, vendor, "OLD" if operation == "DELETE" else "NEW"),
                vendor,
                level="STATEMENT" if truncates else "ROW",
            )
    unapplied = guard_rules.unapplied(model)
    if unapplied and vendor == "postgresql":
        yield Trigger(
            table,
            f"{table}_guard_commit",
            f'AFTER INSERT ON "{table}" DEFERRABLE INITIALLY DEFERRED',
            _body(unapplied, vendor, "NULL"),
            vendor,
            kind="CONSTRAINT TRIGGER",
        )


def _body(rules: Sequence[Rule], vendor: str, returned: str) -> str:
    """Return the statements that refuse what one of the rules names."""
    if vendor == "sqlite":
        cases = " ".join(
            f"WHEN {rule.condition} THEN RAISE(ABORT, '{rule.message}')" for rule in rules
        )
        return f"BEGIN SELECT CASE {cases} END; END".replace("IS DISTINCT FROM", "IS NOT")
    refusals = []
    for rule in rules:
        refusal = f"RAISE EXCEPTION '{rule.message}' USING ERRCODE = 'check_violation';"
        is_always = rule.condition == ALWAYS
        refusals.append(refusal if is_always else f"IF {rule.condition} THEN {refusal} END IF;")
    return f"BEGIN {' '.join(refusals)} RETURN {returned}; END"


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
        yield Trigger(table, f"{index}_{name}", event, f"BEGIN {body} END", "sqlite")
