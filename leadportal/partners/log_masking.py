"""Keeps links that sign somebody in or set a password out of the logs."""

import logging
import re

_ADDRESS = re.compile(
    r"((?:/|%2F)accounts(?:/|%2F)(?:invitation|password(?:/|%2F)reset(?:/|%2F)key)(?:/|%2F))"
    r"[^\s\"'<>]+",
    re.IGNORECASE,
)
_MASK = r"\1…"


def masked(text: str) -> str:
    """Return the text without the tokens of invitations and of resets of passwords."""
    return _ADDRESS.sub(_MASK, text)


class MaskingFormatter(logging.Formatter):
    """Masks tokens in log lines and tracebacks. Django logs the path of each 4xx answer."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
