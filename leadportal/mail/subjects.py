"""Subjects of emails: one line of a sensible length that never loses its meaning.

A template marks the names in its subject, `{{ lead.company_name|named }}`, and so does code that
builds one. If the subject is too long for a list of emails, only the names are shortened.
"""

import re
from typing import Final
from unicodedata import category, combining

from django import template

from leadportal.ui.bidi import FIRST_STRONG_ISOLATE, POP_ISOLATE, isolate

register = template.Library()

# What programs show of a subject, and what a line of a header holds
LENGTH: Final = 78
# Which no subject exceeds, whatever is in it
LONGEST: Final = 150
# What a name keeps where the other words alone are too many
LEAST_OF_A_NAME: Final = 20

# Private-use characters, which stand in no text
_BEGIN, _END = "\ue000", "\ue001"
_NAME = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
_MARKS = re.compile(f"[{_BEGIN}{_END}]")
_JOINERS = "\u200d\ufe0e\ufe0f"


@register.filter
def named(name: object) -> str:
    """Return the name, marked so that it is shortened if the subject is too long."""
    return f"{_BEGIN}{isolate(unmarked(str(name)))}{_END}"


def unmarked(text: str) -> str:
    """Return the text without the marks of names."""
    return _MARKS.sub("", text)


def fitted(subject: str) -> str:
    """Return the subject on one line, its names shortened until it has LENGTH characters.

    Each keeps at least LEAST_OF_A_NAME; nothing is longer than LONGEST.
    """
    # A company's name may contain a line break or control characters.
    line = " ".join(subject.split())
    line = "".join(character for character in line if category(character) != "Cc")
    names = _NAME.findall(line)
    if names:
        others = len(unmarked(_NAME.sub("", line)))
        room = max(LEAST_OF_A_NAME, (LENGTH - others) // len(names))
        line = _NAME.sub(lambda name: shortened(name[1], room), line)
    return shortened(unmarked(line), LONGEST)


def shortened(text: str, length: int) -> str:
    """Return the text in at most `length` characters, cut between words if one ends nearby.

    Accents and emoji stay complete, and an isolate that is cut is closed again.
    """
    if len(text) <= length:
        return text
    is_isolated = text.startswith(FIRST_STRONG_ISOLATE) and text.endswith(POP_ISOLATE)
    if is_isolated:
        text, length = text[1:-1], length - 2
        if len(text) <= length:
            return isolate(text)
    cut = text[: _boundary(text, length - 1)]
    word = cut.rpartition(" ")[0].rstrip(" ,;:.-–&/")
    if len(word) > len(cut) // 2:
        cut = word
    cut = f"{cut.rstrip()}…"
    return isolate(cut) if is_isolated else cut


def _boundary(text: str, at: int) -> int:
    """Return the last position up to `at` that does not split a visible character."""
    while at > 0 and (
        combining(text[at])
        or category(text[at]) in ("Mn", "Mc", "Me")
        or text[at] in _JOINERS
        or text[at - 1] == "\u200d"
        or 0x1F3FB <= ord(text[at]) <= 0x1F3FF  # skin tones
    ):
        at -= 1
    return at
