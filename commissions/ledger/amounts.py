"""Finds stored amounts that are not whole cents, or too large.

SQLite stores any value in an integer column: 1.5, or the text `abc`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from leadportal.db.fields import MAX_DIGITS, MoneyField


@dataclass(frozen=True, slots=True)
class AmountFault:
    """A stored value that is not an amount; if it `is_unreadable`, nothing else can be checked."""

    table: str
    row: Any
    column: str
    value: Any
    is_unreadable: bool

    def __str__(self) -> str:
        return (
            f"Table {self.table}, row {self.row}: {self.column} is {self.value!r}, "
            "which is not an amount in whole cents"
        )


def audit() -> Iterator[AmountFault]:
    """Yield the values in all amount columns that are not possible amounts in whole cents."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, MoneyField):
                yield from _of(model, field)


def _of(model: type[Model], field: Any) -> Iterator[AmountFault]:
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every model has one
    table, column = model._meta.db_table, field.column
    wrong = [f'abs("{column}") >= {10**MAX_DIGITS}']
    if connection.vendor == "sqlite":
        # Whatever is no integer at all; abs() of a text is 0.
        wrong.append(f"typeof(\"{column}\") NOT IN ('integer', 'null')")
    if not field.null:
        wrong.append(f'"{column}" IS NULL')
    with connection.cursor() as cursor:
        # The names are the models' own, not anybody's input.
        cursor.execute(
            f'SELECT "{key.column}", "{column}" FROM "{table}" '  # noqa: S608
            f"WHERE {' OR '.join(wrong)} ORDER BY 1"
        )
        for row, value in cursor.fetchall():
            yield AmountFault(table, row, column, value, not isinstance(value, int | float))
