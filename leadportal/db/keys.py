"""Parsing ids from URLs and forms."""


def number(text: str) -> int | None:
    """Return the integer in a URL or a form, None if there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
