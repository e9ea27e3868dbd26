"""Phone numbers as people type them, stored in E.164.

The phonenumbers library reads letters as the digits of a keypad, and joins two numbers into one.
Input that it would misread is refused here, with a message that says what to do.
"""

import re
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from leadportal.characters import with_ascii_digits, without_any_invisible

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_INVALID = "Enter a phone number with its country code, such as +49 30 901820, or leave it empty."
_LETTERS = "Leave out words. Enter the phone number alone, with an extension as ext. 12."
_SEVERAL = "Enter one phone number. Write an extension as ext. 12, not after a slash."

# How an extension is written in the notations of various countries
_EXTENSION = re.compile(
    r"[\s,;(]*(?:;ext=|\b(?:ext(?:ension|n)?|extn|app(?:arat)?|durchwahl|dw|nebenstelle|poste?|int(?:erno"
    r"|ern)?|anexo|ramal|toestel|tst|wew|linka|доб|内線|x)\b[\s.:#-]*|[x#]\s*)([0-9]{1,7})\)?\s*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[;,\n|&]|\b(?:or|and|oder|und|ou|et|o|y)\b", re.IGNORECASE)
# Two numbers of one area: 030 901820 901821
_TWO_ALIKE = re.compile(r"(?<![0-9])([0-9]{6,})\s+([0-9]{6,})\s*$")
# Digits, then a word in place of digits: 1-800-FLOWERS
_VANITY = re.compile(r"\+?[0-9][0-9 ().-]*[0-9][ -]?[A-Z]{3,}[0-9A-Z -]*", re.IGNORECASE)
_NORTH_AMERICA = 1


def phone_number(typed: str, region: str) -> str:
    """Return a phone number in E.164, an extension as RFC 3966 writes it.

    `region` is the country in which the number is dialed as typed. Without a region, a national
    number is returned unchanged. Raises ValidationError for a number that cannot be dialed, for two
    numbers, and for a number with other words.
    """
    text = re.sub(
        r"^tel:", "", with_ascii_digits(without_any_invisible(typed)), flags=re.IGNORECASE
    )
    if not text or not (region or text.startswith(("+", "00"))):
        return typed
    text, extension = _without_extension(text)
    if _is_several(text, region):
        raise ValidationError(_SEVERAL)
    number = _parsed(text, region)
    if re.search(r"[^\W\d_]", text) and not (number and _is_vanity(text, number)):
        raise ValidationError(_LETTERS if re.search("[0-9]{3}", text) else _INVALID)
    if number is None:
        raise ValidationError(_INVALID)
    import phonenumbers

    dialed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # E.164 has no extensions, but callers need them.
    extension = extension or number.extension or ""
    return f"{dialed};ext={extension}" if extension else dialed


def _without_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    return (text[: match.start()], match[1]) if match else (text, "")


def _parsed(text: str, region: str) -> "PhoneNumber | None":
    """Return the valid number that is dialed this way in the region, None if there is none."""
    import phonenumbers  # at the first use: it is large

    # Most of the world dials 00 for international calls, so it is accepted everywhere.
    international = re.sub(r"^\(?00\)?[ .-]*", "+", text)
    for each in dict.fromkeys((text, international)):
        try:
            number = phonenumbers.parse(each, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None


def _is_several(text: str, region: str) -> bool:
    """Return whether a text has more than one phone number."""
    parts = [part for part in _BETWEEN.split(text) if len(re.findall("[0-9]", part)) > 2]
    if len(parts) > 1 or text.count("+") > 1:
        return True
    alike = _TWO_ALIKE.search(text)
    if alike and len(alike[1]) == len(alike[2]) and _parsed(text[: alike.end(1)], region):
        return True
    for between in re.finditer(r"\s*/\s*|\s+(?=00|0|\()", text):
        before, after = text[: between.start()], text[between.end() :]
        if not re.search("[0-9]", after) or _parsed(before, region) is None:
            continue
        if "/" in between[0] or _parsed(after, region):
            return True
    return False


def _is_vanity(text: str, number: "PhoneNumber") -> bool:
    """Return whether letters stand for digits, as in 1-800-FLOWERS.

    A name after a number looks the same. But only North American, toll-free and shared-cost numbers
    are advertised that way.
    """
    import phonenumbers

    if not _VANITY.fullmatch(text):
        return False
    advertised = {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
    }
    return number.country_code == _NORTH_AMERICA or phonenumbers.number_type(number) in advertised
