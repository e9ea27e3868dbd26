"""Constraints that a database has lost are reported, and restored by a command."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.utils import timezone

from commissions.ledger.models import LedgerEntry
from commissions.payouts.models import PaymentBatch, Withdrawal
from leadportal.db import constraints, triggers
from leads.models import Lead, LeadEvent
from leads.search import search
from tests.factories import LeadFactory

pytestmark = pytest.mark.database


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def reported() -> str:
    try:
        call_command("check", databases=["default"], tags=["database"], fail_level="WARNING")
    except SystemCheckError as error:
        return str(error)
    return ""


def lacking() -> list[str]:
    return [str(one) for one in constraints.missing("default")]


def rewrite(table: str, pattern: str, by: str) -> None:
    """Make a table of SQLite anew with another definition, as a tool might that knows no better."""
    with connection.cursor() as cursor, triggers.suspended("default"):
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        sql = cursor.fetchone()[0]
        changed, count = re.subn(pattern, lambda match: by, sql, count=1)
        assert count == 1, sql
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type = 'index' AND sql <> ''",
            [table],
        )
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(changed.replace(f'"{table}"', '"other"', 1))
        cursor.execute(f'INSERT INTO "other" SELECT * FROM "{table}"')
        cursor.execute(f'DROP TABLE "{table}"')
        cursor.execute(f'ALTER TABLE "other" RENAME TO "{table}"')
        cursor.execute("PRAGMA foreign_keys = ON")
        for definition in indexes:
            cursor.execute(definition)


@pytest.fixture(autouse=True)
def _restored(transactional_db: None) -> Iterator[None]:
    """Leave the tables to the next test as they were."""
    yield
    with triggers.suspended("default"):
        PaymentBatch.objects.all().delete()
    constraints.restore("default")


# By what is lost: the table, how it goes on each database, and how it is reported
LOST: dict[str, tuple[str, str, tuple[str, str] | str, str]] = {
    "CHECK of the model": (
        "leads_lead",
        "ALTER TABLE leads_lead DROP CONSTRAINT lead_status_known",
        (r', CONSTRAINT "lead_status_known" CHECK \([^)]*\)\)', ""),
        "CHECK lead_status_known of leads_lead",
    ),
    "CHECK of a field": (
        "leads_leadevent",
        "ALTER TABLE leads_leadevent DROP CONSTRAINT leads_leadevent_number_check",
        (r' CHECK \("number" >= 0\)', ""),
        "CHECK number of leads_leadevent",
    ),
    "UNIQUE of the model": (
        "leads_leadevent",
        "ALTER TABLE leads_leadevent DROP CONSTRAINT event_number_once_per_lead",
        (r', CONSTRAINT "event_number_once_per_lead" UNIQUE \([^)]*\)', ""),
        "UNIQUE event_number_once_per_lead of leads_leadevent",
    ),
    "UNIQUE under a condition": (
        "commissions_ledgerentry",
        "DROP INDEX entry_one_commission_per_lead",
        "DROP INDEX entry_one_commission_per_lead",
        "UNIQUE entry_one_commission_per_lead of commissions_ledgerentry",
    ),
    "UNIQUE of a field": (
        "commissions_paymentbatch",
        "ALTER TABLE commissions_paymentbatch DROP CONSTRAINT {unique}",
        (r'("number" integer unsigned NOT NULL) UNIQUE', '"number" integer unsigned NOT NULL'),
        "UNIQUE number of commissions_paymentbatch",
    ),
    "FOREIGN KEY": (
        "leads_leadevent",
        "ALTER TABLE leads_leadevent DROP CONSTRAINT {foreign_key}",
        (r' REFERENCES "leads_lead" \("id"\) DEFERRABLE INITIALLY DEFERRED', ""),
        "FOREIGN KEY lead of leads_leadevent",
    ),
    "NOT NULL": (
        "leads_leadevent",
        "ALTER TABLE leads_leadevent ALTER COLUMN at DROP NOT NULL",
        (r'"at" datetime NOT NULL', '"at" datetime NULL'),
        "NOT NULL at of leads_leadevent",
    ),
}


def lose(what: str) -> None:
    table, postgresql, sqlite, _ = LOST[what]
    if connection.vendor == "postgresql":
        names = {"foreign_key": foreign_key(table), "unique": unique(table)}
        execute(postgresql.format(**names))
    elif isinstance(sqlite, str):
        execute(sqlite)
    else:
        rewrite(table, *sqlite)


def foreign_key(table: str) -> str:
    with connection.cursor() as cursor:
        existing = connection.introspection.get_constraints(cursor, table)
    return next(
        (name for name, one in existing.items() if one["foreign_key"] == ("leads_lead", "id")), ""
    )


def unique(table: str) -> str:
    with connection.cursor() as cursor:
        existing = connection.introspection.get_constraints(cursor, table)
    own = (name for name, one in existing.items() if one["unique"] and not one["primary_key"])
    return next(own, "")


def test_check_says_what_is_missing_and_how_to_repair_it() -> None:
    assert lacking() == []
    assert reported() == ""
    lose("UNIQUE under a condition")
    said = reported()
    assert f"The constraint {LOST['UNIQUE under a condition'][3]} is missing" in said
    assert "Run: manage.py restore_constraints" in said


def test_lost_constraints_are_reported_and_restored() -> None:
    lead = LeadFactory()
    for what in LOST:
        lose(what)
    names = sorted(name for *_, name in LOST.values())
    assert sorted(lacking()) == names
    out = StringIO()
    call_command("restore_constraints", stdout=out)
    assert sorted(out.getvalue().splitlines()) == [f"Restored: {name}" for name in names]
    assert lacking() == []
    assert triggers.missing("default") == []
    assert list(Lead.objects.all()) == [lead]
    assert LeadEvent.objects.count() == 1
    assert list(search(Lead.objects.all(), lead.reference.lower())) == [lead]
    call_command("restore_constraints", stdout=out)
    assert out.getvalue().endswith("No constraint is missing.\n")


def test_row_that_breaks_a_lost_constraint_is_named_and_nothing_is_lost(finance_user: Any) -> None:
    lose("UNIQUE of a field")
    with triggers.suspended("default"):
        for _ in range(2):
            PaymentBatch.objects.create(
                number=1, created_at=timezone.now(), created_by=finance_user
            )
    with pytest.raises(CommandError, match="breaks a constraint"):
        call_command("restore_constraints")
    assert PaymentBatch.objects.count() == 2
    assert lacking() == ["UNIQUE number of commissions_paymentbatch"]
    assert triggers.missing("default") == []


@pytest.mark.postgresql
def test_foreign_keys_that_are_switched_off_are_reported_and_restored() -> None:
    execute(f"ALTER TABLE {Withdrawal._meta.db_table} DISABLE TRIGGER ALL")
    assert "FOREIGN KEY entry of commissions_withdrawal" in lacking()
    call_command("restore_constraints", stdout=StringIO())
    assert lacking() == []
    assert triggers.missing("default") == []


@pytest.mark.postgresql
def test_constraint_that_is_not_validated_is_reported_and_restored() -> None:
    table = LedgerEntry._meta.db_table
    execute(f"ALTER TABLE {table} DROP CONSTRAINT entry_sign_fits_kind")
    execute(
        f"ALTER TABLE {table} ADD CONSTRAINT entry_sign_fits_kind CHECK (amount <> 0) NOT VALID"
    )
    assert lacking() == ["CHECK entry_sign_fits_kind of commissions_ledgerentry"]
    call_command("restore_constraints", stdout=StringIO())
    assert lacking() == []


@pytest.mark.sqlite
def test_check_that_was_weakened_is_reported() -> None:
    rewrite("leads_lead", r"'lost'\)", "'lost', 'bought')")
    assert lacking() == ["CHECK lead_status_known of leads_lead"]
    call_command("restore_constraints", stdout=StringIO())
    assert lacking() == []


def test_nothing_is_said_while_migrations_are_to_be_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lose("UNIQUE under a condition")
    with monkeypatch.context() as patch:
        patch.setattr(constraints, "_is_migrated", lambda connection: False)
        assert reported() == ""
