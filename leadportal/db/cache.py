"""The database cache for rate limits: what is still valid is never evicted."""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class CounterCache(DatabaseCache):
    """Django's database cache, except that culling only removes expired rows.

    Above MAX_ENTRIES rows, Django's own culling also deletes some live rows, chosen by their keys.
    Somebody who creates many counters (each failed sign-in creates some) could thus reset the
    failed attempts. Here culling only removes expired rows. The table cannot grow without limit: no
    counter lives longer than an hour, and each address may create only so many; longer-lived ones
    are created by signing in.
    """

    _table: str

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        operations = connections[db].ops
        table, expires = operations.quote_name(self._table), operations.quote_name("expires")
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - names of our own
            [operations.adapt_datetimefield_value(now)],
        )
