"""Finding leads by a part of a word, on either database, by an index that knows trigrams.

The index is no migration's business: PostgreSQL may lack pg_trgm (search then runs unindexed), and
may get it later. So it is looked after each time the database has been migrated.
"""

import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from leads.models import Lead

TRIGRAM = 3
FTS_TABLE = "leads_lead_search"
TRIGRAM_INDEX = "lead_search_trigram"


def folded(text: str) -> str:
    """Return `text` as it is compared: case and ways to write the same letter do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()


def search(leads: "QuerySet[Lead]", text: str) -> "QuerySet[Lead]":
    """Return those of `leads` that hold every word of `text`.

    Looked in are company, domain, contact and reference; case does not matter. A word of one or
    two letters must begin the company's name.
    """
    if "\0" in text:  # which neither database takes, and no lead holds
        return leads.none()
    for word in folded(text).split():
        if len(word) < TRIGRAM:
            leads = leads.filter(search_text__startswith=word)
        elif connections[leads.db].vendor == "sqlite":
            quoted = '"{}"'.format(word.replace('"', '""'))
            found = f"SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH %s"  # noqa: S608
            leads = leads.filter(pk__in=RawSQL(found, [quoted]))  # noqa: S611 - the word is a parameter
        else:
            leads = leads.filter(search_text__contains=word)
    return leads


def has_trigrams(using: str) -> bool:
    """Return whether the database can index trigrams: SQLite always, PostgreSQL with pg_trgm."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        return cursor.fetchone() is not None


def keep_index(using: str, plan: list[Any] | None = None, **kwargs: Any) -> None:
    """After migrating, make the index where it is missing; SQLite's anew where tables moved."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if has_trigrams(using):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(
                    f"CREATE INDEX IF NOT EXISTS {TRIGRAM_INDEX} ON leads_lead "
                    "USING gin (search_text gin_trgm_ops)"
                )
            return
        exists = FTS_TABLE in connection.introspection.table_names(cursor)
        if not exists:
            cursor.execute(
                f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5(search_text, content='leads_lead', "
                "content_rowid='id', tokenize='trigram case_sensitive 1')"
            )
        if not exists or plan is None or plan:
            cursor.execute(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}) VALUES ('rebuild')")  # noqa: S608
