"""Compares the constraints of the database with those that the models declare, and restores them.

They are compared by name, or by table and columns if Django generates the name: CHECK, UNIQUE,
foreign keys and NOT NULL. PostgreSQL's constraints that are not validated, and disabled foreign
keys, count as missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from leadportal.db import triggers

Model = type[models.Model]
# The CREATE statement on SQLite, the constraints by name as Django's introspection returns them,
# and the columns that may be NULL
Table = tuple[str, dict[str, Any], set[str]]


@dataclass(frozen=True, slots=True)
class Missing:
    """A constraint that the database lacks: the model's own one, or one that a field brings."""

    model: Model
    kind: str  # CHECK, UNIQUE, FOREIGN KEY or NOT NULL
    item: Any  # a constraint or a field

    def __str__(self) -> str:
        return f"{self.kind} {self.item.name} of {self.model._meta.db_table}"


def missing(using: str) -> list[Missing]:
    """Return the declared constraints that the tables of the database lack."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    found: list[Missing] = []
    with connection.cursor() as cursor:
        void = _void(cursor, connection)
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy and model._meta.db_table in tables:
                found += _missing_of(model, cursor, connection, void)
    return found


def restore(using: str) -> list[Missing]:
    """Add the missing constraints and return them.

    Raises IntegrityError if rows violate one; nothing of that table is changed then. SQLite cannot
    add a constraint to a table, so the table is recreated with all its rows. Call it outside a
    transaction.
    """
    lacking = missing(using)
    connection = connections[using]
    if connection.vendor == "sqlite":
        triggers.drop(using)
        try:
            for model in dict.fromkeys(one.model for one in lacking):
                with connection.schema_editor() as editor:
                    editor._remake_table(model)  # type: ignore[attr-defined]
        finally:
            triggers.install(using)
    else:
        _switch_on(connection)
        for one in lacking:
            with connection.schema_editor() as editor:
                for statement in _restoring(one, editor):
                    editor.execute(statement)
    return lacking


def check(databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Compare the constraints with the database's (run by `check --database default`).

    A warning, because an error would keep `migrate` and the repair from running. Says nothing while
    migrations are to be applied, which bring constraints of their own.
    """
    return [
        checks.Warning(
            f"The constraint {one} is missing or switched off.",
            hint="Run: manage.py restore_constraints. Rows that break it must be corrected first.",
            id="leadportal.W002",
        )
        for using in databases or ()
        if _is_migrated(connections[using])
        for one in missing(using)
    ]


def _missing_of(
    model: Model, cursor: Any, connection: BaseDatabaseWrapper, void: set[tuple[str, str]]
) -> Iterator[Missing]:
    table = model._meta.db_table
    editor = connection.SchemaEditorClass(connection)
    editor.deferred_sql = []  # where the statement of a unique index goes, which is not read
    is_sqlite = connection.vendor == "sqlite"
    read = _read_sqlite if is_sqlite else _read
    written, constraints, nullable = read(cursor, table, connection)
    existing = {name: one for name, one in constraints.items() if (table, name) not in void}
    for constraint in model._meta.constraints:
        kind = "CHECK" if isinstance(constraint, models.CheckConstraint) else "UNIQUE"
        definition = str(constraint.constraint_sql(model, editor) or "") if is_sqlite else ""
        if definition:
            # Compares the definition, so that a weakened constraint is found as well.
            is_there = definition in written
        else:
            is_there = bool(existing.get(constraint.name, {}).get(kind.lower()))
        if not is_there:
            yield Missing(model, kind, constraint)
    for field in model._meta.local_concrete_fields:
        for kind in _required_of(field, connection):
            if kind == "NOT NULL":
                is_there = field.column not in nullable
            elif kind == "CHECK" and is_sqlite:
                is_there = f"CHECK ({field.db_check(connection)})" in written
            else:
                is_there = any(_is(one, kind, field) for one in existing.values())
            if not is_there:
                yield Missing(model, kind, field)


def _read(cursor: Any, table: str, connection: BaseDatabaseWrapper) -> Table:
    introspection = connection.introspection
    described = introspection.get_table_description(cursor, table)
    nullable = {column.name for column in described if column.null_ok}
    return "", introspection.get_constraints(cursor, table), nullable


def _read_sqlite(cursor: Any, table: str, connection: BaseDatabaseWrapper) -> Table:
    """Return the same as `_read`, with the table's CREATE statement.

    Django's introspection parses that statement in Python, a hundred times as slowly.
    """
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
    written = str(cursor.fetchone()[0])
    cursor.execute('SELECT name FROM pragma_table_info(%s) WHERE NOT "notnull"', [table])
    nullable = {name for (name,) in cursor.fetchall()}
    cursor.execute(
        "SELECT i.name, c.name FROM pragma_index_list(%s) i JOIN pragma_index_info(i.name) c "
        'WHERE i."unique" ORDER BY i.name, c.seqno',
        [table],
    )
    constraints: dict[str, Any] = {}
    for name, column in cursor.fetchall():
        unique = {"columns": [], "unique": True, "foreign_key": None}
        constraints.setdefault(name, unique)["columns"].append(column)
    relations = connection.introspection.get_relations(cursor, table)
    for column, (other_column, other_table, *_) in relations.items():
        foreign_key = (other_table, other_column)
        constraints[f"fk_{column}"] = {
            "columns": [column],
            "unique": False,
            "foreign_key": foreign_key,
        }
    return written, constraints, nullable


def _required_of(field: Any, connection: BaseDatabaseWrapper) -> Iterator[str]:
    if field.unique and not field.primary_key:
        yield "UNIQUE"
    if field.db_check(connection):
        yield "CHECK"
    if field.remote_field and field.db_constraint:
        yield "FOREIGN KEY"
    if not field.null and not field.primary_key:
        yield "NOT NULL"


def _is(constraint: dict[str, Any], kind: str, field: Any) -> bool:
    if constraint["columns"] != [field.column]:
        return False
    if kind == "FOREIGN KEY":
        target = field.target_field
        return bool(constraint["foreign_key"] == (target.model._meta.db_table, target.column))
    # A partial index keeps only some rows from being the same.
    return bool(constraint[kind.lower()])


def _void(cursor: Any, connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    """Return table and name of the constraints that PostgreSQL has but does not enforce."""
    if connection.vendor != "postgresql":
        return set()
    cursor.execute(
        "SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c WHERE c.conrelid <> 0 "
        "AND (NOT c.convalidated OR EXISTS (SELECT 1 FROM pg_trigger t "
        "WHERE t.tgconstraint = c.oid AND t.tgenabled NOT IN ('O', 'A')))"
    )
    return {(table.strip('"'), name) for table, name in cursor.fetchall()}


def _restoring(one: Missing, editor: Any) -> Iterator[Any]:
    """Yield the statements that add the constraint on PostgreSQL."""
    table, item = one.model._meta.db_table, one.item
    quoted = editor.quote_name(table)
    for name in _unenforced(one, editor):
        yield f"ALTER TABLE {quoted} DROP CONSTRAINT {editor.quote_name(name)}"
    if isinstance(item, models.BaseConstraint):
        yield item.create_sql(one.model, editor)
    elif one.kind == "UNIQUE":
        yield editor._create_unique_sql(one.model, [item])
    elif one.kind == "FOREIGN KEY":
        yield editor._create_fk_sql(one.model, item, "_fk_%(to_table)s_%(to_column)s")
    elif one.kind == "CHECK":
        name = editor._create_index_name(table, [item.column], suffix="_check")
        yield editor._create_check_sql(
            one.model, name, item.db_parameters(editor.connection)["check"]
        )
    else:
        yield f"ALTER TABLE {quoted} ALTER COLUMN {editor.quote_name(item.column)} SET NOT NULL"


def _unenforced(one: Missing, editor: Any) -> list[str]:
    """Return the names of the constraints to drop that are there and not enforced."""
    with editor.connection.cursor() as cursor:
        existing = editor.connection.introspection.get_constraints(cursor, one.model._meta.db_table)
    return [
        name
        for name, found in existing.items()
        if (
            name == one.item.name
            if isinstance(one.item, models.BaseConstraint)
            else one.kind != "NOT NULL" and _is(found, one.kind, one.item)
        )
    ]


def _switch_on(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "WHERE tgisinternal AND tgenabled NOT IN ('O', 'A')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def _is_migrated(connection: BaseDatabaseWrapper) -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
