"""The cache in the database, where rate limits count: what still counts is never evicted."""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class CounterCache(DatabaseCache):
    """Django's database cache, whose culling removes expired rows and nothing else.

    Django's own culling, once more than MAX_ENTRIES rows are there, also deletes a share of the
    live ones, by the order of their keys: whoever makes many counters (a failed sign-in makes some)
    could make the portal forget that they failed. Here a full table is only cleared of what has
    expired. It cannot grow without end: no counter lives longer than an hour, and each address may
    make only so many; what lives longer is made by signing in.
    """

    _table: str

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        operations = connections[db].ops
        table, expires = operations.quote_name(self._table), operations.quote_name("expires")
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - names of our own
            [operations.adapt_datetimefield_value(now)],
        )
