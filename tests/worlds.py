"""Rows that all tests of a module begin with, made once and not for each of them.

A module names what makes them `kept`; its tests ask for `made`, each for a copy of its own:

    @made_once
    def kept():
        return olivia(), StaffFactory()

    @pytest.fixture
    def owner(made):
        return made[0]

Every test runs in a transaction inside the module's, so none sees what another has changed,
neither in the database nor in memory. The rows are there from the first test that asks for them:
one that counts all rows of a table has to ask, too. On PostgreSQL their foreign keys are still to
be checked; before a change of a table's schema, check them by SET CONSTRAINTS ALL IMMEDIATE. Not
for a module with a test that commits: that would end the transaction around them all.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from django.db import transaction


def made_once(
    make: Callable[[], Any] | None = None,
    *,
    inside: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Any:
    """Return a fixture of a module: what `make` returns, its rows rolled back after the last test.

    `inside` is a context that is entered once they are there, and in which all the tests run.
    """
    if make is None:
        return partial(made_once, inside=inside)

    @pytest.fixture(scope="module")
    def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            rows = make()
            with inside():
                yield rows
            transaction.set_rollback(True)

    return world


@pytest.fixture
def made(kept: Any, db: None) -> Any:
    """The test's own copy of what its module has made once under the name `kept`."""
    return deepcopy(kept)
