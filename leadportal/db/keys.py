"""A row's number as an address or a form carries it."""


def number(text: str) -> int | None:
    """Return the whole number that an address or a form carries, None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
