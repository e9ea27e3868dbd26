"""Text in the form that search compares: different ways to write the same word become equal.

Case, accents, the width of characters, apostrophes, dashes and punctuation are ignored. What is
searched (`search_text`) and what is typed (`parts`) go through the same steps, and the first
contains every word of the second: typing a stored text always finds it.
"""

import re
import unicodedata
from functools import lru_cache

from django.core.exceptions import ValidationError

from leadportal.domains import readable_domain, registrable_domain

# Letters that Unicode does not take apart, as people write them whose keyboard lacks them
_LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ŧ": "t",
    "ŋ": "n",
    "ə": "e",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
_APOSTROPHES = "'’‘‛`´ʹʻʼʽʾʿˈ′‵՚׳＇ꞌ\N{GREEK OXIA}\N{GREEK VARIA}"
_TATWEEL = "ـ"
_DROPPED = dict.fromkeys(map(ord, _APOSTROPHES + _TATWEEL))
_ASCII = str.maketrans({chr(at): " " for at in range(128) if not chr(at).isalnum()} | {"-": "-"})
# Combining classes of marks that make another letter, not an accented one: the voicing of kana,
# and the sign that joins Indic letters; vowel signs have class 0.
_LETTER_MARKS = (0, 8, 9)

# From so many letters a word is looked for inside of others.
INSIDE = 3

_PHONE = re.compile(
    r"(?<![^\W_])(?P<number>(?:[+(] ?)?\d(?:[ ().\-/]*\d){5,})"
    r"(?:(?P<before_extension>[ ,;]*(?:ext(?:ension)?[.:=]?|x) ?)(?=\d)|(?![^\W_]))",
    re.IGNORECASE,
)
# Calling codes of the countries in which a zero is dialed before an area's code, and only there
_ZERO_INSIDE = """
    20 27 31 32 33 40 41 43 44 46 49 51 53 54 55 57 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94
    95 98 211 212 213 218 231 232 233 234 243 249 250 251 252 254 255 256 260 261 262 263 264 265
    291 353 355 358 359 370 373 374 377 380 381 382 383 385 386 387 389 421 423 508 590 591 593 594
    595 596 598 686 850 855 856 880 886 961 962 963 964 966 967 970 971 972 976 977 994 995 996
"""
_WITH_ZERO = re.compile(rf"({'|'.join(_ZERO_INSIDE.split())})0(\d{{6,}})")
# An address of a page, or a host below a company's domain
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//\S+|(?<![^\s<(])[^\s/@,;]+\.[^\s/@,;]+(?:\.[^\s/@,;]+|/\S*)+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(?:mailto|tel):", re.IGNORECASE)
_CHUNK = re.compile(r"[\s,;<>()]+")
_DOTTED = re.compile(r"@|\w\.\w")
# Chinese, Japanese and Korean: no space stands between words, and most have two characters
_UNSPACED = re.compile("([\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U000323af])")


def folded(text: str) -> str:
    """Return `text` with one spelling for each letter, dashes as `-`, other signs as spaces."""
    text = text.translate(_DROPPED)
    if text.isascii():
        return text.lower().translate(_ASCII)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(map(_letter, text.translate(_DROPPED)))
    return unicodedata.normalize("NFKC", letters)


@lru_cache(maxsize=4_096)
def _letter(letter: str) -> str:
    """Return what a letter of a decomposed text becomes: nothing where it is an accent."""
    if letter in _LETTERS:
        return _LETTERS[letter]
    category = unicodedata.category(letter)
    if category == "Cf" or "VARIATION SELECTOR" in unicodedata.name(letter, ""):
        return ""
    if category[0] == "M":
        return letter if unicodedata.combining(letter) in _LETTER_MARKS else ""
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category == "Pd" or letter == "\N{MINUS SIGN}":
        return "-"
    return letter if category[0] in "LN" else " "


def parts(text: str) -> list[str]:
    """Return what a row's search text must hold for `text` to find it, each part once.

    A word may stand anywhere in it, one of one or two letters only at a word's beginning. Every
    Chinese, Japanese or Korean character begins one.
    """
    return [
        word if len(word.partition(" ")[0]) >= INSIDE else f" {word}"
        for word in dict.fromkeys(_words(text))
    ]


def search_text(*values: str) -> str:
    """Return the text in which `parts` finds each of the values; a space precedes each word.

    It holds the words of each value in their order, and a dashed word as one word, too.
    """
    found: dict[str, None] = {}
    for value in values:
        found[" ".join(_split(value))] = None
        found[" ".join(_spaced(folded(value).replace("-", "")))] = None
    text = "".join(f" {value}" for value in found if value)
    more = dict.fromkeys(word for value in values for word in _words(value))
    return text + "".join(f" {word}" for word in more if f" {word}" not in text)


def _words(text: str) -> list[str]:
    """Return the words of `text`; a domain or an email address also counts as one word.

    So does what is written without spaces, of which each character is one. Of a web address only
    the company's domain counts, of a phone number its digits. A text of signs alone is kept
    unchanged. NUL is removed.
    """
    typed = unicodedata.normalize("NFKC", text.translate(_DROPPED))
    typed = _PHONE.sub(_digits, _ADDRESS.sub(_domain, _SCHEME.sub("", typed)))
    found: list[str] = []
    for chunk in _CHUNK.split(typed):
        split = _split(chunk)
        is_one = _DOTTED.search(chunk) or any(map(_UNSPACED.search, split))
        found += [" ".join(split)] if split and is_one else split
    return found or text.replace("\0", " ").split()


def _split(text: str) -> list[str]:
    return _spaced(folded(text).replace("-", " "))


def _spaced(letters: str) -> list[str]:
    if not letters.isascii():
        letters = _UNSPACED.sub(r" \1 ", letters)
    return letters.split()


def _domain(address: re.Match[str]) -> str:
    host = re.sub(r"^[^/]*//", "", address[0]).partition("/")[0]
    if not re.search(r"[^\W\d]", host):  # a phone number with dots or slashes
        return address[0]
    try:
        return f" {readable_domain(registrable_domain(address[0]))} "
    except ValidationError:
        return f" {host.removeprefix('www.')} "


def _digits(found: re.Match[str]) -> str:
    """Return a number's digits without what is dialed before a country's or an area's code."""
    number = found["number"]
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    is_abroad = "+" in number or digits.startswith("00")
    if digits.startswith("011") and len(digits) > 12:  # abroad from North America
        is_abroad, digits = True, digits[3:]
    digits = digits.lstrip("0") or digits
    with_zero = _WITH_ZERO.fullmatch(digits) if is_abroad else None
    dialed = with_zero[1] + with_zero[2] if with_zero else digits
    return f"{dialed} " if found["before_extension"] else dialed
