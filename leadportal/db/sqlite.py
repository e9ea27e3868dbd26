"""SQLite settings that Django does not use yet."""

import sqlite3
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def raise_limits(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Allow as many parameters per statement as this SQLite does, at least 32,766.

    Django 5.2 assumes 999 and splits a thousand rows into a dozen inserts; Django 6 reads the limit
    from SQLite (ticket 36143).
    """
    if connection.vendor == "sqlite":
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = limit
