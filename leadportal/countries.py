"""Countries by the names that people use for them.

The list, its names, former names, translations and codes come from django-countries;
`COUNTRIES_OVERRIDE` in the settings renames a few. `ALIASES` adds what is missing.
"""

import gettext
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import django_countries
from django_countries import countries
from django_countries.data import COUNTRIES as ISO_NAMES

from leadportal.folding import folded

# Other names in use. A name listed for several countries is ambiguous.
ALIASES = {
    "AE": ("UAE", "Emirates", "Dubai", "Abu Dhabi", "الإمارات"),
    "AG": ("Antigua",),
    "AL": ("Shqipëria",),
    "BA": ("Bosnia",),
    "BD": ("বাংলাদেশ",),
    "CD": ("DRC", "DR Congo", "Congo-Kinshasa", "Congo"),
    "CG": ("Congo-Brazzaville", "Congo"),
    "CI": ("Ivory Coast",),
    "CN": ("PRC", "Mainland China"),
    "CV": ("Cape Verde",),
    "CZ": ("Czech",),
    "ET": ("ኢትዮጵያ",),
    "FK": ("Falklands",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "IE": ("Éire", "Republic of Ireland"),
    "IN": ("भारत", "Bharat"),
    "JP": ("Nippon",),
    "KH": ("កម្ពុជា",),
    "KN": ("Saint Kitts",),
    "KP": ("DPRK", "N Korea", "Korea"),
    "KR": ("Republic of Korea", "S Korea", "Korea", "한국"),
    "KZ": ("Қазақстан",),
    "LA": ("ລາວ",),
    "LK": ("ශ්‍රී ලංකාව",),
    "LU": ("Lëtzebuerg",),
    "ME": ("Црна Гора",),
    "MF": ("Saint Martin",),
    "MK": ("Северна Македонија",),
    "MM": ("Burma", "မြန်မာ"),
    "MN": ("Монгол Улс", "Монгол"),
    "MO": ("Macau",),
    "NL": ("Holland",),
    "NP": ("नेपाल",),
    "NZ": ("Aotearoa",),
    "PF": ("Tahiti",),
    "PH": ("Pilipinas",),
    "SA": ("KSA", "Saudi", "السعودية"),
    "SK": ("Slovak Republic",),
    "SX": ("Saint Martin",),
    "TH": ("ไทย", "ประเทศไทย"),
    "TJ": ("Тоҷикистон",),
    "TL": ("East Timor",),
    "TT": ("Trinidad",),
    "TW": ("臺灣",),
    "US": ("America",),
    "UZ": ("Oʻzbekiston",),
    "VA": ("Vatican",),
    "VC": ("Saint Vincent",),
    "VG": ("BVI", "British Virgin Islands", "Virgin Islands"),
    "VI": ("USVI", "US Virgin Islands", "Virgin Islands"),
    "XK": ("Kosova", "Kosovë", "Косово"),
    "ZA": ("RSA", "Republic of South Africa"),
}
_MOST_SUGGESTIONS = 5
_SHORTEST_PART = 3  # shorter parts stand in too many names
# Words that some write and others leave out
_FILLERS = {"and", "the", "of"}


def name_of(code: str) -> str:
    """Return the name of the country with this code, "" for an unknown one."""
    return str(countries.name(code))


def choices() -> list[tuple[str, list[str]]]:
    """Return all countries' names in order, each with its other English names."""
    return [
        (
            str(name),
            [alias for alias in ALIASES.get(code, ()) if alias.isascii() and find(alias) == [code]],
        )
        for code, name in countries
    ]


def find(typed: str) -> list[str]:
    """Return the codes of the countries with this name or code; several if it is ambiguous.

    English names are compared first, then those in other languages. Case, accents and punctuation
    are ignored.
    """
    key = _key(typed)
    return _english().get(key) or _translated().get(key) or []


def suggestions(typed: str) -> list[str]:
    """Return the names of countries that `typed` could mean, at most five."""
    key = _key(typed)
    if len(key) < _SHORTEST_PART:
        return []
    for named in (_english(), _translated()):
        similar = [other for other in named if key in other]
        similar.sort(key=lambda other: not other.startswith(key))
        similar += get_close_matches(key, named, n=_MOST_SUGGESTIONS, cutoff=0.75)
        if similar:
            codes = dict.fromkeys(code for other in similar for code in named[other])
            return [name_of(code) for code in codes][:_MOST_SUGGESTIONS]
    return []


def _key(name: str) -> str:
    words = folded(name.replace("&", " ")).replace("-", " ").split()
    # Fillers alone are a code, such as Andorra's.
    telling = [word for word in words if word not in _FILLERS] or words
    return "".join("saint" if word == "st" else word for word in telling)


def _english_names(code: str) -> Iterator[str]:
    yield name_of(code)
    yield str(ISO_NAMES.get(code, ""))
    yield from map(str, countries.OLD_NAMES.get(code, ()))


def _by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the codes of each name's key, given pairs of a code and one of its names."""
    found: dict[str, dict[str, None]] = {}
    for code, name in pairs:
        if key := _key(name):
            found.setdefault(key, {})[code] = None
    return {key: list(codes) for key, codes in found.items()}


@cache
def _english() -> dict[str, list[str]]:
    pairs = [
        (code, name)
        for code, _ in countries
        for name in (*_english_names(code), *ALIASES.get(code, ()))
    ]
    # A code is meant before a name that is written in the same way.
    coded = {_key(each): [code] for code, _ in countries for each in (code, countries.alpha3(code))}
    return _by_key(pairs) | coded


@cache
def _translated() -> dict[str, list[str]]:
    pairs = [
        (code, translated)
        for catalog in sorted(Path(django_countries.__file__).parent.glob("locale/*/*/*.mo"))
        for code, translated in _names_in(catalog)
    ]
    return _by_key(pairs)


def _names_in(catalog: Path) -> Iterator[tuple[str, str]]:
    """Return each country's code and names in the language of this catalog."""
    with catalog.open("rb") as file:
        language = gettext.GNUTranslations(file)
    for code, _ in countries:
        for name in _english_names(code):
            if name and (translated := language.gettext(name)) != name:
                yield code, translated
