"""Invented companies and people, and the words that the benchmark searches for."""

import random

# In one company's name of five; in a dozen leads; in none; in one of ten, but hardly any of the
# largest partner's.
FREQUENT, RARE, ABSENT, ELSEWHERE = "logistics", "zephyrine", "quagmire", "maritime"
# The beginning of many companies' names, of few, and of none
PREFIX, RARE_PREFIX, ABSENT_PREFIX = "no", "ze", "qx"

RARE_LEADS = 12


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_BEGINNINGS = _listed(
    "Al Ar Bel Ber Bor Bri Cal Cor Dal Del Dor El Fal Fen Gal Gar Hal Har Hol Is Jor Kal Kar Kel "
    "Lan Lin Lor Mal Mar Mel Mon Nor Nov Or Pal Per Ram Ros Sal Sen Sol Tal Tor Ul Val Ver Vin "
    "Wal Wes Win Yor"
)
_ENDS = _listed(
    "bach berg borg brook by dale den der dorf feld field ford gate grad ham haven heim holm hurst "
    "land leigh low mere mond more nau ner ora ridge rock side stad stein stone ton vale via view "
    "ville vik wick wind wood worth"
)
_SECTORS = _listed(
    "Retail Media Foods Health Studios Travel Systems Energy Finance Sports Education Hotels Games "
    "Furniture Insurance Telecom Pharma Textiles Motors Software Garden Printing"
)
_FORMS = ("", "", "", " GmbH", " Ltd", " AB", " Inc", " & Söhne", " Group")
_FIRST = _listed(
    "Anna Björn Carla David Elena Farid Grace Hugo Irina Jonas Karin Liam Maja Nils Olga Pedro "
    "Qiang Rosa Søren Tomasz Ursula Victor Wanda Xavier Yuki Zoë"
)
_LAST = _listed(
    "Andersson Bianchi Castillo Dubois Eriksen Fischer García Hansen Ivanova Jansen Kowalski "
    "Lindqvist Moreau Novák Okafor Petrov Quinn Rossi Schmidt Tanaka Ueda Vogel Weber Xu Yılmaz "
    "Zieliński"
)
_COUNTRIES = (("SE", "se"), ("DE", "de"), ("US", "com"), ("PL", "pl"), ("FR", "fr"), ("GB", "uk"))

STEMS = [f"{beginning}{end}" for beginning in _BEGINNINGS for end in _ENDS]


class Companies:
    """Draws companies and their contacts, always the same ones from the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def company(self, number: int, special: str = "") -> tuple[str, str, str]:
        """Return a company's name, domain and country; `special` is a word that its name has."""
        draw = self.random.random
        stem = STEMS[int(draw() * len(STEMS))]
        if special:
            sector = special.capitalize()
        elif draw() < 0.2:
            sector = FREQUENT.capitalize()
        else:
            sector = _SECTORS[int(draw() * len(_SECTORS))]
        country, suffix = _COUNTRIES[int(draw() * len(_COUNTRIES))]
        form = _FORMS[int(draw() * len(_FORMS))]
        name = f"{sector} {stem}{form}" if special == RARE else f"{stem} {sector}{form}"
        return name, f"{stem.lower()}-{number:x}.{suffix}", country

    def contact(self) -> tuple[str, str]:
        """Return a first and a last name."""
        draw = self.random.random
        return _FIRST[int(draw() * len(_FIRST))], _LAST[int(draw() * len(_LAST))]
