"""The rules of the guards' triggers: SQL conditions over OLD and NEW, with their messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from leadportal.db.guards import Guard, Moves, guard_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over OLD and NEW that refuses a statement, and the message."""

    condition: str
    message: str


ALWAYS = "true"


def rules(model: type[models.Model], connection: BaseDatabaseWrapper) -> dict[str, list[Rule]]:
    """Return the rules of the model's table by operation (INSERT, UPDATE, DELETE, TRUNCATE)."""
    guard = guard_of(model)
    table = model._meta.db_table
    is_sqlite = connection.vendor == "sqlite"
    found: dict[str, list[Rule]] = {"INSERT": [], "UPDATE": [], "DELETE": [], "TRUNCATE": []}
    found["INSERT"] += _inserted(model, guard)
    if is_sqlite:
        found["INSERT"] += _replacing(model, connection, is_update=False)
    if guard.append_only:
        found["UPDATE"] = [Rule(ALWAYS, f"{table} is append-only: UPDATE is refused")]
    else:
        found["UPDATE"] += _in_force(model, guard, connection, "UPDATE")
        found["UPDATE"] += _changed(model, guard)
        if is_sqlite:
            found["UPDATE"] += _replacing(model, connection, is_update=True)
    if not guard.deletable:
        kept = "is append-only" if guard.append_only else "keeps its rows"
        found["DELETE"] = _in_force(model, guard, connection, "DELETE") or [
            Rule(ALWAYS, f"{table} {kept}: DELETE is refused")
        ]
        if not is_sqlite:  # which knows no TRUNCATE: Django sends a DELETE instead
            found["TRUNCATE"] = [Rule(ALWAYS, f"{table} {kept}: TRUNCATE is refused")]
    return found


def unapplied(model: type[models.Model]) -> list[Rule]:
    """Return the rule that a new history row needs its change of status before the commit."""
    guard = guard_of(model)
    if not guard.history_of:
        return []
    table, key = model._meta.db_table, _column(model, guard.history_of)
    applied = _exists(_owner(model), f'id = NEW."{key}"', 'last_event >= NEW."number"')
    return [Rule(f"NOT {applied}", f"{table}: a history row needs its change of status")]


def unique_columns(model: type[models.Model]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the sets of columns that no two rows share, each with its condition or None."""
    for one in model._meta.concrete_fields:
        if one.primary_key or one.unique:
            yield (str(one.column),), None
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            # One of expressions, which has no fields, would need a rule of its own.
            assert constraint.fields, constraint  # noqa: S101
            yield tuple(_column(model, name) for name in constraint.fields), constraint


def _inserted(model: type[models.Model], guard: Guard) -> Iterator[Rule]:
    table = model._meta.db_table
    if guard.moves and guard.moves.history:
        status, last = _field(model, guard.moves.field), _field(model, "last_event").get_default()
        yield Rule(
            f'NEW."{status.column}" <> {_text(status.get_default())} OR NEW."last_event" <> {last}',
            f"{table}: a new row begins as {status.get_default()}",
        )
    for names in (*guard.set_by.values(), *guard.held_in.values()):
        fields = [_field(model, name) for name in names]
        filled = [
            f'NEW."{one.column}" IS NOT NULL' if one.null else f"NEW.\"{one.column}\" <> ''"
            for one in fields
        ]
        yield Rule(" OR ".join(filled), f"{table}: {_listed(names)} must be empty in a new row")
    if guard.history_of:
        yield from _continues(model, guard)
    yield from _refused(guard, "INSERT")


def _continues(model: type[models.Model], guard: Guard) -> Iterator[Rule]:
    owner, key = _owner(model), _column(model, guard.history_of)
    moves = _moves(owner)
    same_owner = f'id = NEW."{key}"'
    later = _exists(
        owner,
        same_owner,
        'last_event = NEW."number" - 1',
        f'"{moves.field}" = NEW."from_status"',
    )
    allowed = _allowed('NEW."from_status"', 'NEW."to_status"', moves.transitions)
    continues = (
        f"(NEW.\"from_status\" <> '' AND {later} AND "
        f'(NEW."from_status" = NEW."to_status" OR {allowed}))'
    )
    if _field(owner, "last_event").get_default() == 1:
        begun = _exists(owner, same_owner, "last_event = 1", f'"{moves.field}" = NEW."to_status"')
        is_first = f'NEW."number" = 1 AND NEW."from_status" = \'\' AND {begun}'
        continues = f"(({is_first}) OR {continues})"
    yield Rule(
        f"NOT {continues}", f"{model._meta.db_table}: a history row must continue the history"
    )


def _changed(model: type[models.Model], guard: Guard) -> Iterator[Rule]:
    table = model._meta.db_table
    yield Rule(_differs(_column(model, "pk")), f"{table}: the primary key never changes")
    if guard.moves:
        column = _column(model, guard.moves.field)
        old, new = f'OLD."{column}"', f'NEW."{column}"'
        yield Rule(
            f"{_differs(column)} AND NOT ({_allowed(old, new, guard.moves.transitions)})",
            f"illegal move of {table}.{column}",
        )
        if guard.moves.history:
            yield _documented(model, guard.moves)
    if guard.frozen:
        yield Rule(_any_differs(model, guard.frozen), f"{table}: {_listed(guard.frozen)} are final")
    for status, names in guard.changes_in.items():
        yield Rule(
            f'OLD."{_status(model, guard)}" <> {_text(status)} AND ({_any_differs(model, names)})',
            f"{table}: {_listed(names)} can change only while {status}",
        )
    for status, names in guard.set_by.items():
        column = _status(model, guard)
        moved = f'OLD."{column}" <> {_text(status)} AND NEW."{column}" = {_text(status)}'
        yield Rule(
            f"NOT ({moved}) AND ({_any_differs(model, names)})",
            f"{table}: {_listed(names)} can be set only with the move to {status}",
        )
    for status, names in guard.held_in.items():
        column = _status(model, guard)
        there, now = f'OLD."{column}" = {_text(status)}', f'NEW."{column}" = {_text(status)}'
        empty = " AND ".join(f'NEW."{_column(model, name)}" IS NULL' for name in names)
        yield Rule(
            f"NOT (NOT ({there}) AND {now}) AND NOT ({there} AND NOT ({now}) AND {empty}) "
            f"AND ({_any_differs(model, names)})",
            f"{table}: {_listed(names)} can be set only with the move to {status}",
        )
    yield from _refused(guard, "UPDATE")


def _refused(guard: Guard, operation: str) -> Iterator[Rule]:
    for refusal in guard.refused:
        if refusal.operation == operation:
            yield Rule(refusal.condition, refusal.message)


def _documented(model: type[models.Model], moves: Moves) -> Rule:
    """Return the rule that a status changes only together with its history row."""
    history = apps.get_model(moves.history)
    key = _column(history, guard_of(history).history_of)
    row = _exists(
        history,
        f'"{key}" = OLD."id"',
        '"number" = NEW."last_event"',
        f'from_status = OLD."{moves.field}"',
        f'to_status = NEW."{moves.field}"',
    )
    return Rule(
        f"({_differs(moves.field)} OR {_differs('last_event')}) "
        f'AND NOT (NEW."last_event" = OLD."last_event" + 1 AND {row})',
        f"{model._meta.db_table}: the status changes only with a new history row",
    )


def _in_force(
    model: type[models.Model], guard: Guard, connection: BaseDatabaseWrapper, operation: str
) -> list[Rule]:
    if not guard.in_force_from:
        return []
    return [
        Rule(
            f'OLD."{_column(model, guard.in_force_from)}" <= {_today(connection)}',
            f"{model._meta.db_table} is append-only once in force: {operation} is refused",
        )
    ]


def _replacing(
    model: type[models.Model], connection: BaseDatabaseWrapper, *, is_update: bool
) -> Iterator[Rule]:
    """Yield the rules against duplicates of a unique value: OR REPLACE would delete the other."""
    table = model._meta.db_table
    key = _column(model, "pk")
    others = []
    for columns, constraint in unique_columns(model):
        if is_update and columns == (key,):
            continue  # which no UPDATE changes
        same = [f'"{column}" = NEW."{column}"' for column in columns]
        if is_update:
            same.append(f'"{key}" <> OLD."{key}"')
        found = _exists(model, *same, *_conditions(model, constraint, connection))
        if constraint is not None and constraint.condition is not None:
            of_new = _of_new(model, constraint, connection)
            found = f"({of_new} AND {found})"
        others.append(found)
    if others:
        operation = "UPDATE" if is_update else "INSERT"
        yield Rule(
            " OR ".join(others), f"{table}: UNIQUE: replacing a row by {operation} is refused"
        )


def _conditions(model: type[models.Model], constraint: Any, connection: Any) -> list[str]:
    if constraint is None or constraint.condition is None:
        return []
    editor = connection.SchemaEditorClass(connection)
    return [f"({constraint._get_condition_sql(model, editor)})"]


def _of_new(model: type[models.Model], constraint: Any, connection: Any) -> str:
    (condition,) = _conditions(model, constraint, connection)
    for one in model._meta.concrete_fields:
        condition = condition.replace(f'"{one.column}"', f'NEW."{one.column}"')
    return condition


def _today(connection: BaseDatabaseWrapper) -> str:
    """Return SQL for today in BUSINESS_TIME_ZONE.

    SQLite knows no time zones, so it uses the zone's smallest offset of the year: a row that is not
    in force yet can always be changed, and in summer a row comes into force up to an hour late.
    """
    if connection.vendor == "postgresql":
        return f"(now() AT TIME ZONE {_text(settings.TIME_ZONE)})::date"
    zone = ZoneInfo(settings.TIME_ZONE)
    offsets = [datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)]
    minutes = min(int(offset.total_seconds() // 60) for offset in offsets if offset is not None)
    return f"date('now', '{minutes:+d} minutes')"


def _owner(history: type[models.Model]) -> type[models.Model]:
    owner = history._meta.get_field(guard_of(history).history_of).related_model
    assert isinstance(owner, type)  # noqa: S101 - a foreign key of a model that is loaded
    return owner


def _moves(model: type[models.Model]) -> Moves:
    moves = guard_of(model).moves
    assert moves is not None, model  # noqa: S101 - a history is of a model with a status
    return moves


def _status(model: type[models.Model], guard: Guard) -> str:
    assert guard.moves is not None, model  # noqa: S101 - fields are bound to a status by its name
    return _column(model, guard.moves.field)


def _column(model: type[models.Model], name: str) -> str:
    return str(_field(model, name).column)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _exists(model: type[models.Model], *conditions: str) -> str:
    # The names are the models' own, not anybody's input.
    wanted = " AND ".join(conditions)
    return f'EXISTS (SELECT 1 FROM "{model._meta.db_table}" WHERE {wanted})'  # noqa: S608


def _allowed(old: str, new: str, transitions: Mapping[str, tuple[str, ...]]) -> str:
    pairs = [
        f"({old} = {_text(before)} AND {new} = {_text(after)})"
        for before, targets in transitions.items()
        for after in targets
    ]
    return " OR ".join(pairs)


def _any_differs(model: type[models.Model], names: tuple[str, ...]) -> str:
    return " OR ".join(_differs(_column(model, name)) for name in names)


def _differs(column: str) -> str:
    return f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _text(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"
