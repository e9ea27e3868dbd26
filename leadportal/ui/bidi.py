"""Text of either writing direction beside other text.

Right-to-left text, and characters such as U+202E that change the direction, reorder everything else
on the line. Isolated by U+2068 and U+2069, they only reorder themselves.
"""

import re
from unicodedata import bidirectional

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

# A character of these classes affects the order of what stands beside it.
_TURNING = frozenset(
    {"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
)
_ISOLATES = frozenset({"LRI", "RLI", "FSI"})
_LINE = re.compile("[^\n\r\u0085\u2028\u2029]+")


def is_turning(text: str) -> bool:
    """Return whether the text can reorder what is shown beside it."""
    return not text.isascii() and any(bidirectional(character) in _TURNING for character in text)


def isolate(text: str) -> str:
    """Return the text, each of its lines isolated if it can affect what is shown beside it."""
    if not is_turning(text):
        return text
    return _LINE.sub(lambda line: f"{FIRST_STRONG_ISOLATE}{_balanced(line[0])}{POP_ISOLATE}", text)


def _balanced(line: str) -> str:
    """Return the line with every isolate closed, and without closing characters that close none."""
    depth = 0
    kept: list[str] = []
    for character in line:
        if character == POP_ISOLATE:
            if not depth:
                continue
            depth -= 1
        elif bidirectional(character) in _ISOLATES:
            depth += 1
        kept.append(character)
    return "".join(kept) + depth * POP_ISOLATE
