"""Rows that all tests of a module begin with, made once and not for each of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction


def made_once(make: Callable[[], Any]) -> Any:
    """Return a fixture of a module: what `make` returns, its rows rolled back after the last test.

    Every test runs in a transaction inside that one, so none sees another's changes; against those
    in memory, call the fixture `kept` and let the tests ask for `made`, each for its own copy. The
    rows are there from the first test that asks for them: one that counts all rows of a table has
    to ask, too. On PostgreSQL their foreign keys are still to be checked; before a change of a
    table's schema, check them by SET CONSTRAINTS ALL IMMEDIATE. Not for a module with a test that
    commits: that would end the transaction around them all.
    """

    @pytest.fixture(scope="module")
    def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield make()
            transaction.set_rollback(True)

    return world
