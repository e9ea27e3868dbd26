"""How long a text is, and the error for one that is too long: one way of counting everywhere."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db.models import Model

LONGEST_SEARCH = 200


def length(text: str) -> int:
    """Return the number of characters. A line break counts once, though browsers send two."""
    return len(text.replace("\r\n", "\n"))


def excess(text: str, limit: int) -> str:
    """Return the error for a text with more than `limit` characters, else ""."""
    return _shorten(length(text) - limit, limit) if length(text) > limit else ""


def longest(model: type[Model], column: str) -> int:
    """Return the maximum number of characters of a column."""
    return int(getattr(model._meta.get_field(column), "max_length", None) or 0)


def count_alike() -> None:
    """Make Django's own validator count the same way and use the same message, everywhere.

    Forms made by Django and other apps, such as the admin's, use only that validator.
    """
    MaxLengthValidator.clean = _clean  # type: ignore[method-assign, assignment]
    MaxLengthValidator.message = _Message()  # type: ignore[assignment]


def _clean(_: MaxLengthValidator, value: Any) -> int:
    return length(value)


class _Message:
    """A validator's message, to which the parameters of the error are applied by `%`."""

    def __mod__(self, parameters: dict[str, Any]) -> str:
        limit: int = parameters["limit_value"]
        return _shorten(parameters["show_value"] - limit, limit)


def _shorten(excess: int, limit: int) -> str:
    noun = "character" if excess == 1 else "characters"
    return f"Shorten this by {excess:,} {noun}. The limit is {limit:,} characters."
