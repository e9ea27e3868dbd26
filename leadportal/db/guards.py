"""Guards: what the database refuses for a table, declared by its model.

A model declares `guard = Guard(...)`. Every guarded table refuses DELETE, TRUNCATE (PostgreSQL), a
new primary key, and an INSERT or UPDATE that would replace another row (SQLite's OR REPLACE, for
which SQLite runs no DELETE triggers unless a PRAGMA asks for it). The fields of Guard declare the
rest. `leadportal.db.guard_rules` turns them into rules, `leadportal.db.triggers` installs these.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How a status may change.

    `transitions` maps each status to those that may follow. `history` is the label of the model
    whose rows record the changes; each status then changes only together with a new row of it, and
    the guarded model counts these rows in `last_event`: from 1 where the first row says how it
    began, from 0 where the first row is the first change.
    """

    transitions: Mapping[str, tuple[str, ...]]
    field: str = "status"
    history: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that is refused: INSERT or UPDATE, SQL over NEW (and OLD), and the message."""

    operation: str
    condition: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the database refuses for a model's table; names are those of the model's fields."""

    # No UPDATE at all
    append_only: bool = False
    # No UPDATE and no DELETE once the day in this field has come
    in_force_from: str = ""
    # Rows may be deleted
    deletable: bool = False
    # Fields that never change
    frozen: tuple[str, ...] = ()
    # Fields that change only while the row has this status
    changes_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Fields that are empty in a new row and change only with the move to this status
    set_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Fields that hold a value only in this status: set by the move to it, emptied by that from it
    held_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    moves: Moves | None = None
    # What no other rule says
    refused: tuple[Refusal, ...] = ()
    # In a history: its foreign key to the model whose status it records
    history_of: str = ""


def guarded_models() -> Iterator[type[models.Model]]:
    """Yield the installed models that declare a guard."""
    return (model for model in apps.get_models() if hasattr(model, "guard"))


def guard_of(model: type[models.Model]) -> Guard:
    """Return the model's guard."""
    guard: Guard = model.guard  # type: ignore[attr-defined]
    return guard
