"""Invisible characters, and digits in any script.

Pasted text can contain characters without a glyph: zero-width spaces, byte order marks, soft
hyphens, direction controls, tags. They would make two equal names differ and keep the owner of an
address out. So they are removed, except where a writing system needs them: a joiner between letters
that it joins or separates, a selector after the character that it varies.
"""

import re
from unicodedata import category, combining, decimal

ZWNJ, ZWJ = "\u200c", "\u200d"

# Unicode's Default_Ignorable_Code_Point, the interlinear annotations and the blank Braille pattern
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_ANY_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
# Control characters but tab and line feed; NUL is left for Django's own validator to refuse.
_CONTROLS = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED_AT_ENDS = re.compile(rf"^[{_INVISIBLE}\s]+|[{_INVISIBLE}\s]+$")

# Scripts whose letters a joiner joins or separates: Arabic to Mandaic, India's, Tibetan, Burmese,
# Khmer, Mongolian, and those of the same kind beyond
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1b7f\ua840-\ua8df\ua980-\uaaff"
    "\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_MONGOLIAN = re.compile("[\u1800-\u18af]")
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_HALFWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# What has several forms: ideographs and other letters without case, emoji, digits
_VARIED = frozenset({"Lo", "Nd", "Sm", "So"})
_VARIED_SIGNS = "#*‼⁉ℹ〰〽"
_VIRAMA = 9  # the combining class of the sign that joins Indic letters


def without_invisible(text: str) -> str:
    """Return the text without invisible characters and without blanks at its ends.

    Lines end with one line feed each. Joiners, selectors and the tags of flags are kept where they
    are needed.
    """
    text = _LINE_END.sub("\n", text)
    if text.isascii():
        return _CONTROLS.sub("", text).strip()
    text = _CONTROLS.sub("", text)
    in_flags = {at for match in _FLAG.finditer(text) for at in range(*match.span())}
    kept: list[str] = []
    for at, character in enumerate(text):
        is_seen = at in in_flags or not _ANY_INVISIBLE.match(character)
        if is_seen or (kept and _is_needed(character, kept[-1], text[at + 1 : at + 2])):
            kept.append(character)
    return "".join(kept).strip()


def on_one_line(text: str) -> str:
    """Return `without_invisible` with all blanks and line breaks as single spaces."""
    return " ".join(without_invisible(text).split())


def stripped(text: str) -> str:
    """Return the text without blanks and invisible characters at its ends."""
    return _DROPPED_AT_ENDS.sub("", text)


def without_any_invisible(text: str) -> str:
    """Return the text without any invisible character, and without blanks at its ends."""
    return _CONTROLS.sub("", _ANY_INVISIBLE.sub("", text)).strip()


def has_invisible(text: str) -> bool:
    """Return whether the text has an invisible or control character anywhere."""
    return bool(_ANY_INVISIBLE.search(text) or _CONTROLS.search(text))


def has_letter_or_digit(text: str) -> bool:
    """Return whether the text has a visible letter or digit."""
    return any(category(each)[0] in "LN" and not _ANY_INVISIBLE.match(each) for each in text)


def halfwidth(text: str) -> str:
    """Return the text with the fullwidth forms of ASCII, which Asian keyboards type, as ASCII."""
    return text.translate(_HALFWIDTH)


def with_ascii_digits(text: str) -> str:
    """Return the text with the digits of every script, and fullwidth signs, as ASCII has them."""
    if text.isascii():
        return text
    return "".join(
        str(decimal(each)) if category(each) == "Nd" else each for each in halfwidth(text)
    )


def _is_needed(character: str, before: str, after: str) -> bool:
    """Return whether an invisible character has a meaning between these two; `after` may be ""."""
    if before.isspace():
        return False
    if character in (ZWNJ, ZWJ):
        return _joins(character, before, after)
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        is_varied = before in _VARIED_SIGNS or category(before) in _VARIED
        return is_varied and not _ANY_INVISIBLE.match(before)
    if "\u180b" <= character <= "\u180f":
        return bool(_MONGOLIAN.match(before))
    if character in "\u115f\u1160":  # the place of a missing part in an old Korean syllable
        return bool(_JAMO.match(before))
    return character == "\u034f" and category(before) == "Mn" and category(after or " ") == "Mn"


def _joins(joiner: str, before: str, after: str) -> bool:
    """Return whether a joiner has an effect: after a virama, in a joining script, in an emoji."""
    if combining(before) == _VIRAMA:
        return True
    if _JOINING.match(before):
        # Persian writes abbreviations with a joiner at the end.
        return joiner == ZWJ or bool(_JOINING.match(after))
    is_emoji = category(before) in ("So", "Sk") or before == "\ufe0f"
    return joiner == ZWJ and is_emoji and bool(after) and category(after) in ("So", "Sm", "Po")
