"""What every test may ask for by name."""

import gc
import time
from collections.abc import Generator, Iterator
from decimal import Decimal
from itertools import compress
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from commissions.catalog.terms import CommissionTerms
from leadportal.db import triggers
from leadportal.db.digests import digest
from leadportal.db.groups import FINANCE, SALES
from leadportal.partners.models import Partner, User
from leads.models import Lead
from tests import clean_slate
from tests.factories import LeadFactory, PartnerFactory, StaffFactory, UserFactory

pytest_plugins = ["tests.no_skips", "tests.mail.fixtures", "tests.worlds"]

LEAVE_SECONDS = 10

# How long an example takes is the machine's business, and no test's. The runs of a week try more
# examples than one run of twice as many.
hypothesis.settings.register_profile("portal", deadline=None, max_examples=50)
hypothesis.settings.load_profile("portal")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep the garbage collector from the modules and cases that stay until the end.

    It would look through all of them again and again.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked for the other database.

    Which of the rest runs on PostgreSQL, `make test-postgresql` says: what is marked `database`.
    """
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    elsewhere = "postgresql" if on_sqlite else "sqlite"
    left_out = [item.get_closest_marker(elsewhere) is not None for item in items]
    config.hook.pytest_deselected(items=list(compress(items, left_out)))
    items[:] = [item for item, out in zip(items, left_out, strict=True) if not out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database out of the project, where two runs at once would share it."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folder: Path = tmp_path_factory.mktemp("database")
        database["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a test that commits end with the database as it is now; at last, wait for the server.

    A request that a closing browser has abandoned ends a moment later than its test.
    """
    with django_db_blocker.unblock():
        _make_credits_available_at_once()
        restore = clean_slate.remember()
    with mock.patch.object(TransactionTestCase, "_fixture_teardown", side_effect=restore):
        yield
    if connection.vendor == "postgresql":
        deadline = time.monotonic() + LEAVE_SECONDS
        with django_db_blocker.unblock():
            while _other_sessions() and time.monotonic() < deadline:
                time.sleep(0.05)
            # A thread that never comes to its end keeps its session: end that, or nothing drops.
            _other_sessions("pg_terminate_backend(pid)")
            while _other_sessions() and time.monotonic() < deadline + LEAVE_SECONDS:
                time.sleep(0.05)


def _make_credits_available_at_once() -> None:
    """Set the seeded terms' holding period to 0 days: most tests withdraw what they just credited.

    A test of the holding period makes terms of its own.
    """
    with triggers.suspended("default"):
        for terms in CommissionTerms.objects.all():
            terms.holding_days = 0
            # Not the model's own manager, which refuses to change terms in force.
            CommissionTerms._base_manager.filter(pk=terms.pk).update(
                holding_days=0, digest=digest(terms)
            )


def _other_sessions(of_each: str = "pid") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {of_each} FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(cursor.fetchall())


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """The sign-in's rate limits live in the cache and must not reach the next test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def vendor(db: None) -> str:
    """The database's kind: `sqlite` or `postgresql`."""
    return connection.vendor


@pytest.fixture
def partner(db: None) -> Partner:
    return PartnerFactory(name="Brightside Consulting", domain="brightside.example")


@pytest.fixture
def partner_user(partner: Partner) -> User:
    """The owner of an organization."""
    return UserFactory(partner=partner, email="owner@brightside.example", name="Olivia Owner")


@pytest.fixture
def teammate(partner: Partner) -> User:
    """A member of the same organization."""
    return UserFactory(
        partner=partner,
        email="member@brightside.example",
        name="Max Member",
        role=User.Role.MEMBER,
    )


@pytest.fixture
def stranger(db: None) -> User:
    """The owner of another organization."""
    return UserFactory(
        partner__name="Somebody Else",
        partner__domain="else.example",
        email="owner@else.example",
        name="Sam Stranger",
    )


@pytest.fixture
def sales_user(db: None) -> User:
    return StaffFactory(email="sales@vendor.example", name="Sally Sales", groups=(SALES,))


@pytest.fixture
def finance_user(db: None) -> User:
    return StaffFactory(email="finance@vendor.example", name="Finn Finance", groups=(FINANCE,))


@pytest.fixture
def superuser(db: None) -> User:
    return StaffFactory(email="admin@vendor.example", name="Ada Admin", is_superuser=True)


@pytest.fixture
def lead(partner_user: User) -> Lead:
    """A submitted lead of the organization: 5 agents of LiveChat Business, a share of $354.00."""
    return LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        company_name="Nordwind Retail",
        domain="nordwind.example",
    )


@pytest.fixture
def no_approval_limits(settings: Any) -> None:
    """Let one person post any amount, where a test is about something else."""
    most = Decimal("1e12")
    settings.CREDIT_APPROVAL_LIMIT = settings.ADJUSTMENT_APPROVAL_LIMIT = most
    settings.PAYOUT_APPROVAL_LIMIT = settings.ESTIMATE_APPROVAL_FACTOR = most
