"""How each of the two databases is reached."""

import importlib.util

import pytest
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_sqlite_waits_for_writers_and_keeps_readers_going() -> None:
    def pragma(name: str) -> object:
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 1
    assert pragma("busy_timeout") == 20_000
    assert pragma("recursive_triggers") == 1
    assert pragma("wal_autocheckpoint") == 8_000
    assert connection.transaction_mode == "IMMEDIATE"


def test_psycopg_3_is_not_installed() -> None:
    # Django would prefer it, and the tests would no longer exercise psycopg2.
    assert importlib.util.find_spec("psycopg") is None


@pytest.mark.postgresql
def test_postgresql_is_reached_by_psycopg2(db: None) -> None:
    assert connection.Database.__name__ == "psycopg2"


@pytest.mark.database
def test_rate_limits_are_counted_in_the_database(db: None) -> None:
    call_command("createcachetable", "cache", verbosity=0)
    DatabaseCache("cache", {}).set("attempts", 3)
    assert DatabaseCache("cache", {}).incr("attempts") == 4
