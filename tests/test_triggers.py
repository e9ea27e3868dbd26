"""What the databases themselves refuse, whatever the code does, and that they keep refusing it."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.db.migrations import AlterField, Migration
from django.db.models import CharField
from django.utils import timezone

from leadportal.db import triggers
from leads.models import Lead
from leads.search import search
from leads.status import Status
from tests.factories import LeadFactory

pytestmark = pytest.mark.database

GUARD = "leads_lead_guard_update"


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def drop(name: str) -> None:
    [trigger] = [trigger for trigger in triggers.declared("default") if trigger.name == name]
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


def test_migrated_database_has_every_trigger(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger"
            if is_postgresql()
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        present = {name for (name,) in cursor.fetchall()}
    assert present >= {trigger.name for trigger in triggers.declared("default")}
    assert {GUARD, "commissions_ledgerentry_guard_delete"} <= present
    assert ("leads_lead_search_add" in present) is not is_postgresql()
    assert triggers.missing("default") == []
    assert reported() == ""


@pytest.mark.parametrize("name", [GUARD, "commissions_ledgerentry_guard_delete"])
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
    assert triggers.missing("default") == list(triggers.declared("default"))
    triggers.install("default")
    assert triggers.missing("default") == []


def test_new_database_is_not_reported_before_its_tables_exist(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    triggers.drop("default")
    monkeypatch.setattr(connection.introspection, "table_names", lambda *cursor: [])
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
    # Left in place, triggers that name the table would let the remake fail: undeclared ones too.
    execute("CREATE TRIGGER old_guard_update BEFORE UPDATE ON leads_draft BEGIN SELECT 1; END")

    plan = [(longer_company_name(220), False)]
    emit_pre_migrate_signal(0, False, "default", apps=apps, plan=plan)
    alter_company_name(plan[0][0])
    emit_post_migrate_signal(0, False, "default", apps=apps, plan=plan)

    assert triggers.missing("default") == triggers.undeclared("default") == []
    with pytest.raises(IntegrityError, match="illegal move"):
        Lead.objects.filter(pk=lead.pk).update(status=Status.LOST)
    assert list(search(Lead.objects.all(), "nordwind")) == [lead]
    Lead.objects.filter(pk=lead.pk).update(search_text="something else")
    assert list(search(Lead.objects.all(), "nordwind")) == []
    assert list(search(Lead.objects.all(), "something")) == [lead]


@pytest.mark.django_db(transaction=True)
def test_migrating_from_a_shell_restores_a_missing_trigger() -> None:
    triggers.drop("default")
    call_command("migrate", verbosity=0, skip_checks=False, stderr=StringIO())
    assert triggers.missing("default") == []


@pytest.mark.postgresql
def test_migration_may_alter_the_guarded_column(db: None) -> None:
    execute("ALTER TABLE leads_lead ALTER COLUMN status TYPE varchar(20)")
    assert reported() == ""


@pytest.mark.django_db(transaction=True)
def test_refused_decision_leaves_nothing_of_its_transaction(lead: Lead) -> None:
    def decide_wrongly() -> None:
        Lead.objects.filter(pk=lead.pk).update(job_title="CEO", changed_at=timezone.now())
        Lead.objects.filter(pk=lead.pk).update(status=Status.LOST)

    with pytest.raises(IntegrityError), transaction.atomic():
        decide_wrongly()
    assert Lead.objects.get(pk=lead.pk).job_title == lead.job_title
