"""What the databases themselves refuse, whatever the code does, and that they keep refusing it."""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.db.migrations import AlterField, Migration
from django.db.models import CharField
from django.utils import timezone

from commissions.ledger import posting
from commissions.ledger.models import LedgerEntry
from leadportal.db import triggers
from leadportal.partners.models import User
from leads.models import Lead, LeadEvent
from leads.search import search
from leads.status import TRANSITIONS, Status
from tests.factories import LeadFactory, StaffFactory

GUARD = "leads_lead_status_moves"
APPEND_ONLY = (LedgerEntry, LeadEvent)


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def drop(name: str) -> None:
    [trigger] = [trigger for trigger in triggers.declared() if trigger.name == name]
    execute(f"DROP TRIGGER {name}" + (f" ON {trigger.table}" if is_postgresql() else ""))


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def reported() -> str:
    """Return what `check --database default` says of the triggers."""
    try:
        call_command("check", databases=["default"], tags=["database"], fail_level="WARNING")
    except SystemCheckError as error:
        return str(error)
    return ""


@pytest.fixture
def entry(superuser: User, lead: Lead) -> LedgerEntry:
    return LeadFactory(status=Status.WON, partner=lead.partner).credit


@pytest.mark.parametrize("old", Status)
def test_database_allows_exactly_the_moves_of_the_table(db: None, old: Status) -> None:
    lead = LeadFactory(status=old)
    allowed = {old, *TRANSITIONS[old]}
    for new in Status:
        with transaction.atomic():
            # Everything but the move is right: only the trigger can be what refuses it.
            credit = lead.credit_id if new == Status.WON else None
            if new == Status.WON and credit is None:
                credit = posting.credit(
                    lead.partner,
                    reference=lead.reference,
                    amount=lead.estimated_commission,
                    explanation=lead.estimate,
                    text="For this test",
                    actor=StaffFactory(),
                ).pk
            values = (new.value, credit, lead.pk)
            statement = "UPDATE leads_lead SET status = %s, credit_id = %s WHERE id = %s"
            if new in allowed:
                execute(statement, *values)
                assert Lead.objects.get(pk=lead.pk).status == new
            else:
                refusal = r"illegal move of leads_lead\.status"
                with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
                    execute(statement, *values)
            transaction.set_rollback(True)


def test_moves_from_many_leads_at_once_are_each_looked_at(lead: Lead) -> None:
    LeadFactory(status=Status.REJECTED)
    with pytest.raises(IntegrityError, match="illegal move"):
        Lead.objects.update(status=Status.APPROVED)


def test_another_column_changes_in_every_status(db: None) -> None:
    for status in Status:
        lead = LeadFactory(status=status)
        execute("UPDATE leads_lead SET job_title = 'CEO' WHERE id = %s", lead.pk)
        lead.refresh_from_db()
        assert (lead.job_title, lead.status) == ("CEO", status)


@pytest.mark.parametrize(
    ("operation", "statement"),
    [
        ("UPDATE", "UPDATE {table} SET id = id"),
        ("DELETE", "DELETE FROM {table}"),
        pytest.param("TRUNCATE", "TRUNCATE {table} CASCADE", marks=pytest.mark.postgresql),
        pytest.param(
            "DELETE", "REPLACE INTO {table} SELECT * FROM {table}", marks=pytest.mark.sqlite
        ),
        pytest.param(
            "UPDATE",
            "INSERT INTO {table} SELECT * FROM {table} WHERE true "
            "ON CONFLICT (id) DO UPDATE SET id = excluded.id",
            id="UPSERT",
        ),
    ],
)
def test_append_only_table_refuses(entry: LedgerEntry, operation: str, statement: str) -> None:
    # Deferred foreign keys would be what stops a TRUNCATE in a transaction.
    if is_postgresql():
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in APPEND_ONLY:
        table = model._meta.db_table
        before = list(model.objects.order_by("pk").values())
        assert before
        refusal = f"{table} is append-only: {operation} is refused"
        with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
            execute(statement.format(table=table))
        assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", APPEND_ONLY)
def test_append_only_table_refuses_the_orm(entry: LedgerEntry, model: Any) -> None:
    row = model.objects.latest("pk")
    rows = model.objects.filter(pk=row.pk)
    for change in (row.save, lambda: rows.update(id=row.pk), lambda: rows._raw_delete("default")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


def test_migrated_database_has_every_trigger(db: None) -> None:
    append_only = [
        f"{model._meta.db_table}_no_{operation}"
        for model in APPEND_ONLY
        for operation in ("update", "delete", *(["truncate"] if is_postgresql() else []))
    ]
    searched = [] if is_postgresql() else [f"leads_lead_search_{n}" for n in ("add", "change")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger"
            if is_postgresql()
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        present = {name for (name,) in cursor.fetchall()}
    assert present >= {GUARD, *append_only, *searched}
    assert triggers.missing("default") == []
    assert reported() == ""


@pytest.mark.parametrize("name", [GUARD, "commissions_ledgerentry_no_delete"])
def test_dropped_trigger_is_reported_and_repaired_by_migrate(db: None, name: str) -> None:
    drop(name)
    assert f"The trigger {name} is missing" in reported()
    call_command("migrate", verbosity=0)
    assert reported() == ""


CHANGED = {
    "sqlite": {
        "body": "CREATE TRIGGER {guard} BEFORE UPDATE ON leads_lead BEGIN SELECT 1; END",
        "event": "CREATE TRIGGER {guard} BEFORE DELETE ON leads_lead BEGIN SELECT 1; END",
    },
    "postgresql": {
        "body": "CREATE OR REPLACE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NEW; END'; "
        "CREATE TRIGGER {guard} BEFORE UPDATE ON leads_lead "
        "FOR EACH ROW EXECUTE FUNCTION {guard}()",
        "event": "CREATE TRIGGER {guard} BEFORE INSERT ON leads_lead "
        "FOR EACH ROW EXECUTE FUNCTION {guard}()",
        "condition": "CREATE TRIGGER {guard} BEFORE UPDATE ON leads_lead "
        "FOR EACH ROW WHEN (false) EXECUTE FUNCTION {guard}()",
    },
}


@pytest.mark.parametrize(
    "part",
    ["body", "event", pytest.param("condition", marks=pytest.mark.postgresql)],
)
def test_changed_trigger_is_reported_and_repaired(db: None, part: str) -> None:
    drop(GUARD)
    execute(CHANGED[connection.vendor][part].format(guard=GUARD))
    assert f"The trigger {GUARD} is missing, changed or switched off" in reported()
    triggers.install("default")
    assert reported() == ""
    lead = LeadFactory(status=Status.REJECTED)
    with pytest.raises(IntegrityError, match="illegal move"):
        Lead.objects.filter(pk=lead.pk).update(status=Status.APPROVED)


@pytest.mark.postgresql
@pytest.mark.parametrize("how", ["DISABLE TRIGGER {guard}", "ENABLE REPLICA TRIGGER {guard}"])
def test_disabled_trigger_is_reported_and_repaired(db: None, how: str) -> None:
    execute(f"ALTER TABLE leads_lead {how.format(guard=GUARD)}")
    assert f"The trigger {GUARD}" in reported()
    triggers.install("default")
    assert reported() == ""


def test_install_and_drop_do_nothing_twice(db: None) -> None:
    triggers.install("default")
    triggers.drop("default")
    triggers.drop("default")
    wanted = [t for t in triggers.declared() if t.definition(connection.vendor)]
    assert triggers.missing("default") == wanted
    triggers.install("default")
    assert triggers.missing("default") == []


def test_new_database_is_not_reported_before_its_tables_exist(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    triggers.drop("default")
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert reported() == ""


def longer_company_name(length: int) -> Migration:
    migration = Migration(f"length_{length}", "leads")
    field = CharField(max_length=length)
    migration.operations = [AlterField("lead", "company_name", field)]
    return migration


def alter_company_name(migration: Migration) -> None:
    old = Lead._meta.get_field("company_name")
    new = migration.operations[0].field
    new.set_attributes_from_name("company_name")
    new.model = Lead
    with connection.schema_editor() as editor:
        editor.alter_field(Lead, old, new, strict=False)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_triggers_and_search_survive_the_remake_of_their_table(lead: Lead) -> None:
    migration = longer_company_name(210)
    alter_company_name(migration)
    assert GUARD in {trigger.name for trigger in triggers.missing("default")}, (
        "SQLite no longer loses triggers: then nothing has to be dropped before migrating"
    )
    call_command("migrate", verbosity=0)
    assert triggers.missing("default") == []

    plan = [(longer_company_name(220), False)]
    emit_pre_migrate_signal(0, False, "default", apps=apps, plan=plan)
    alter_company_name(plan[0][0])
    emit_post_migrate_signal(0, False, "default", apps=apps, plan=plan)

    assert triggers.missing("default") == []
    with pytest.raises(IntegrityError, match="illegal move"):
        Lead.objects.filter(pk=lead.pk).update(status=Status.LOST)
    assert list(search(Lead.objects.all(), "nordwind")) == [lead]
    Lead.objects.filter(pk=lead.pk).update(search_text="something else")
    assert list(search(Lead.objects.all(), "nordwind")) == []
    assert list(search(Lead.objects.all(), "something")) == [lead]


@pytest.mark.django_db(transaction=True)
def test_migrating_from_a_shell_mends_a_missing_trigger() -> None:
    triggers.drop("default")
    call_command("migrate", verbosity=0, skip_checks=False, stderr=StringIO())
    assert triggers.missing("default") == []


@pytest.mark.postgresql
def test_migration_may_alter_the_guarded_column(db: None) -> None:
    execute("ALTER TABLE leads_lead ALTER COLUMN status TYPE varchar(20)")
    assert reported() == ""


@pytest.mark.django_db(transaction=True)
def test_refused_move_leaves_nothing_of_its_transaction(lead: Lead) -> None:
    def decide_wrongly() -> None:
        Lead.objects.filter(pk=lead.pk).update(job_title="CEO", changed_at=timezone.now())
        Lead.objects.filter(pk=lead.pk).update(status=Status.LOST)

    with pytest.raises(IntegrityError), transaction.atomic():
        decide_wrongly()
    assert Lead.objects.get(pk=lead.pk).job_title == lead.job_title
