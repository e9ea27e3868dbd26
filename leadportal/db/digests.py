"""A digest stored beside a row's columns, so that an audit notices a later change."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import models


class DigestField(models.CharField):
    """SHA-256 of the row's other columns except its primary key, set whenever the row is saved.

    Somebody who can write to the table and knows this function can write a matching digest as well;
    it finds changes by anybody else.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max_length": 64, "editable": False} | kwargs))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Set the instance's digest and return it."""
        value = digest(model_instance)
        setattr(model_instance, self.attname, value)
        return value


def digest(row: models.Model) -> str:
    """Return the SHA-256, in hexadecimal, of a JSON object of the row's columns by their names."""
    content = json.dumps(dict(_columns(row)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def altered(rows: models.QuerySet[Any]) -> Iterator[Any]:
    """Yield those of the rows that do not have the digest of their columns."""
    return (row for row in rows.iterator() if row.digest != digest(row))


def _columns(row: models.Model) -> Iterator[tuple[str, str | None]]:
    for field in row._meta.concrete_fields:
        if not field.primary_key and not isinstance(field, DigestField):
            yield str(field.column), _written(field, getattr(row, field.attname))


def _written(field: Any, value: Any) -> str | None:
    value = value if value is None else field.to_python(value)
    if isinstance(value, Decimal):
        # 500 and 500.00 are stored as one amount.
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return None if value is None else str(value)
