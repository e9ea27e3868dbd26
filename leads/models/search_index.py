"""The index behind the search of leads: words by their trigrams, on either database.

No migration creates the index: PostgreSQL may lack pg_trgm (search then runs without an index) and
may get it later. So it is checked after each `migrate`.
"""

from functools import lru_cache
from typing import Any

from django.db import connections

FTS_TABLE = "leads_lead_search"
# Each text of the table is one row of a lead. It stores neither the text nor the positions of
# words: half the size, and a third of the time to read. A partner's number is written as three
# private-use characters, one trigram that no text contains. With two spaces before a word its first
# letter is a trigram, too.
_PRIVATE, _DIGIT = 0xF0000, 65_000
FTS_COLUMNS = {
    "search_text": "replace({row}.search_text, ' ', '  ')",
    "partner_id": f"char({_PRIVATE} + {{row}}.partner_id % {_DIGIT}, "
    f"{_PRIVATE} + {{row}}.partner_id / {_DIGIT} % {_DIGIT}, {_PRIVATE})",
}
FTS_DEFINITION = (
    f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5({', '.join(FTS_COLUMNS)}, content='', "
    "tokenize='trigram case_sensitive 1', detail=none)"
)
TRIGRAM_INDEX = "lead_search_trigrams"
EXTENSIONS = ("btree_gin", "pg_trgm")


def phone_words(number: str) -> str:
    """Return a phone number's digits as they are dialed from abroad, and within its country."""
    if not number.startswith("+"):
        return number
    international, _, extension = number.partition(";ext=")
    return f"{international.removeprefix('+')} {_national(international)} {extension}"


@lru_cache(maxsize=1_024)
def _national(number: str) -> str:
    import phonenumbers  # at the first use: it is large

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdecimal, national))


def partner_trigram(partner_id: int) -> str:
    """Return the partner's number as FTS_COLUMNS writes it."""
    high, low = divmod(partner_id, _DIGIT)
    return chr(_PRIVATE + low) + chr(_PRIVATE + high % _DIGIT) + chr(_PRIVATE)


def has_trigrams(using: str) -> bool:
    """Return whether the database can index trigrams: SQLite always, PostgreSQL with pg_trgm."""
    return connections[using].vendor == "sqlite" or bool(_available(using))


def _available(using: str) -> list[str]:
    """Return which of PostgreSQL's extensions for searching are there to be created."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_available_extensions WHERE name = ANY(%s) ORDER BY name",
            [list(EXTENSIONS)],
        )
        names = [name for (name,) in cursor.fetchall()]
    return names if "pg_trgm" in names else []


def _ensure_trigram_index(using: str) -> None:
    names = _available(using)
    if not names:
        return
    # With the partner in it, a word that others' leads are full of is found as fast as a rare one.
    partner = "partner_id, " if "btree_gin" in names else ""
    with connections[using].cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {TRIGRAM_INDEX} ON leads_lead "
            f"USING gin ({partner}search_text gin_trgm_ops)"
        )


def ensure_index(using: str, plan: list[Any] | None = None, **kwargs: Any) -> None:
    """After migrating, create the index if it is missing; rebuild SQLite's if a table moved."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        _ensure_trigram_index(using)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [FTS_TABLE])
        existing = cursor.fetchone()
        if existing != (FTS_DEFINITION,):
            cursor.execute(f"DROP TABLE IF EXISTS {FTS_TABLE}")
            cursor.execute(FTS_DEFINITION)
        elif plan is not None and not plan:
            return
        names, values = ", ".join(FTS_COLUMNS), ", ".join(FTS_COLUMNS.values())
        cursor.execute(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}) VALUES ('delete-all')")  # noqa: S608
        cursor.execute(
            f"INSERT INTO {FTS_TABLE}(rowid, {names}) "  # noqa: S608
            f"SELECT id, {values.format(row='leads_lead')} FROM leads_lead"
        )
