"""Finding leads by parts of words, on either database, with an index of trigrams."""

import re

from django.db import connections
from django.db.models import QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from leadportal.folding import parts
from leads.models.lead import BY_AGE, Lead
from leads.models.search_index import FTS_TABLE, partner_trigram

TRIGRAM = 3
# As many rows are checked in the time that a page or two takes.
NEAR = 2_000
# The address of a lead's page, and its reference in it
REFERENCE_IN_ADDRESS = re.compile(r"\S*/(LD-[2-9A-HJ-NP-Z]{8})(?:/\S*)?", re.IGNORECASE)


def search(leads: QuerySet[Lead], text: str, partner_id: int | None = None) -> QuerySet[Lead]:
    """Return those of `leads` that contain every word of `text`, found with the index.

    Searched are company, domain, contact, email, phone and reference, compared as
    `leadportal.folding` does. A word of one or two letters must begin a word. If `leads` are one
    partner's, `partner_id` tells SQLite's index; PostgreSQL's reads it from `of_partner`.
    """
    sought = _parts(text)
    if sought and connections[leads.db].vendor == "sqlite":
        found = f"SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH %s"  # noqa: S608
        leads = leads.filter(pk__in=RawSQL(found, [_match(_indexed(sought), partner_id)]))  # noqa: S611
    return _holding(leads, text, by_index=True)


def first_ids(
    leads: QuerySet[Lead], text: str, most: int, partner_id: int | None = None, near: int = NEAR
) -> list[int]:
    """Return the ids of `first_found`, unordered; three queries at most."""
    found = first_found(leads, text, most, partner_id, near)
    if isinstance(found, list):
        return found
    # A query of its own: with a subquery SQLite would look up each of the partner's leads in it.
    with connections[leads.db].cursor() as cursor:
        cursor.execute(found.sql, found.params)
        return [pk for (pk,) in cursor.fetchall()]


def first_found(
    leads: QuerySet[Lead], text: str, most: int, partner_id: int | None = None, near: int = NEAR
) -> list[int] | RawSQL:
    """Return the ids of the first `most` of the ordered `leads` that contain every word of `text`.

    `leads` are ordered by (submitted_at, id), in either direction. The `near` first rows are
    checked one by one, which finds a common word at once. Only if they hold too few matches is the
    index used, in a subquery of its own: a database that takes a rare word for a common one would
    otherwise scan all rows. Two queries here, and the subquery or none.
    """
    edge = leads.values_list("submitted_at", "id")[near : near + 1].first()
    nearest = leads
    if edge is not None:
        beyond = BY_AGE.newer if _is_newest_first(leads) else BY_AGE.older
        nearest = beyond(leads, edge)
    ids = list(_holding(nearest, text, by_index=False).values_list("id", flat=True)[:most])
    if edge is None or len(ids) == most:
        return ids
    return _first_by_index(leads, text, most, partner_id)


def _first_by_index(leads: QuerySet[Lead], text: str, most: int, partner_id: int | None) -> RawSQL:
    found = search(leads, text, partner_id).order_by().values("id", "submitted_at")
    sql, parameters = found.query.get_compiler(leads.db).as_sql()
    direction = "DESC" if _is_newest_first(leads) else "ASC"
    # Every value is a parameter. Sorted outside, so that no database walks an index by age instead.
    return RawSQL(  # noqa: S611
        f"WITH found AS MATERIALIZED ({sql}) SELECT id FROM found "  # noqa: S608
        f"ORDER BY submitted_at {direction}, id {direction} LIMIT {most}",
        parameters,
    )


def _is_newest_first(leads: QuerySet[Lead]) -> bool:
    return str(leads.query.order_by[0]) == "-submitted_at"


def _holding(leads: QuerySet[Lead], text: str, *, by_index: bool) -> QuerySet[Lead]:
    """Return those of `leads` that contain every word of `text`, checked row by row.

    `by_index` says whether words are compared in a form that an index supports.
    """
    sought = _parts(text)
    indexed = _indexed(sought) if by_index and connections[leads.db].vendor == "postgresql" else []
    for part in sought:
        if part in indexed:
            leads = leads.filter(search_text__contains=part)
        else:
            # On SQLite LIKE ignores case, and takes three times as long.
            leads = leads.filter(GreaterThan(StrIndex("search_text", Value(part)), 0))
    return leads


def _parts(text: str) -> list[str]:
    return parts(REFERENCE_IN_ADDRESS.sub(r" \1 ", text))


def _indexed(sought: list[str]) -> list[str]:
    """Return the parts to look up in the index: word beginnings only if there is nothing rarer.

    Every lead's reference begins with LD: reading all leads that contain it would be slow.
    """
    return [part for part in sought if part[0] != " " or len(part) > TRIGRAM] or sought


def _match(sought: list[str], partner_id: int | None) -> str:
    """Return SQLite's full-text query for the rows that have these parts' trigrams.

    Every third trigram and the last one cover a part. Only the row's own text shows whether they
    are in the right order.
    """
    trigrams = [] if partner_id is None else [partner_trigram(partner_id)]
    for part in sought:
        covered = part.replace(" ", "  ")  # as in the table
        starts = [*range(0, len(covered) - TRIGRAM, TRIGRAM), len(covered) - TRIGRAM]
        trigrams += dict.fromkeys(covered[start : start + TRIGRAM] for start in starts)
    return " AND ".join('"{}"'.format(trigram.replace('"', '""')) for trigram in trigrams)
