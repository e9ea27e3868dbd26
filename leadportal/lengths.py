"""How long a text is, and what an error says of one that is too long: one count for all of them."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db.models import Model

LONGEST_SEARCH = 200


def length(text: str) -> int:
    """Return the number of characters. A line's end counts once, though browsers post two."""
    return len(text.replace("\r\n", "\n"))


def excess(text: str, limit: int) -> str:
    """Return the error of a text with more than `limit` characters, else ""."""
    return _shorten(length(text) - limit, limit) if length(text) > limit else ""


def longest(model: type[Model], column: str) -> int:
    """Return how many characters a column takes."""
    return int(getattr(model._meta.get_field(column), "max_length", None) or 0)


def count_alike() -> None:
    """Let Django's own validator count like this and say this, in every form and model.

    Forms that Django and its apps make themselves, such as the admin's, take no other validator.
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
