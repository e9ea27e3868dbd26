"""Attacks on the guarded tables, derived from what the models declare, on both databases.

Whatever a model newly guards is attacked here without another line.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from commissions.catalog.terms import CommissionTerms
from commissions.payouts import batches, withdrawals
from commissions.payouts.models import Withdrawal
from leadportal.approvals import decisions
from leadportal.db.guard_rules import unique_columns
from leadportal.db.guards import guard_of, guarded_models
from leadportal.mail.models import OutgoingMail
from leadportal.partners import suspension
from leads.models import Lead, LeadEvent
from leads.status import MOVES, Status
from leads.submission import drafts
from tests.commissions.finance import billing
from tests.factories import LeadFactory, StaffFactory, UserFactory
from tests.leads.answers import draft_of
from tests.leads.books import Books
from tests.worlds import made_once

pytestmark = pytest.mark.database

Model = type[models.Model]
GUARDED = sorted(guarded_models(), key=lambda model: model._meta.label)
KEPT = [model for model in GUARDED if not guard_of(model).deletable]


@made_once
def kept() -> Books:
    """Rows in every guarded table: entries of each kind, a paid withdrawal, leads by status."""
    books = Books(UserFactory(), StaffFactory(is_superuser=True))
    batched = Withdrawal.objects.filter(status="pending")
    withdrawals.claim(batched, books.finance)
    withdrawals.mark_paid(Withdrawal.objects.filter(batch__number=1), "PP-1", books.finance)
    others = [Books(UserFactory(), books.finance) for _ in range(2)]
    other = others[0]
    second = StaffFactory(is_superuser=True)
    for one in (books, other):
        suspension.suspend(one.partner, "Under review", second)
        suspension.lift(one.partner, "Reviewed", second)
    for _ in range(2):  # downloaded, and released with the second person's approval
        pending = Withdrawal.objects.filter(status="pending")
        batch = withdrawals.claim(pending, books.finance)
        batches.download(batch, books.finance)
        for row in pending:
            approval = batches.release(row, "Wrong batch", books.finance, was_sent=False)
            decisions.approve(approval, second, "")
    batch = withdrawals.claim(Withdrawal.objects.filter(status="pending"), books.finance)
    batches.download(batch, books.finance)
    for row in Withdrawal.objects.filter(status="pending"):
        batches.release(row, "Wrong batch", books.finance, was_sent=False)
    billing(other.owner, paypal="new@partner.example")
    LeadFactory(partner=books.partner, submitted_by=books.owner, status=Status.APPROVED)
    left = draft_of(UserFactory(partner=books.partner, is_active=False))
    drafts.take_over(left.pk, books.owner, timezone.now())
    to_come = CommissionTerms.objects.get()
    to_come.pk, to_come.valid_from = None, date(2096, 1, 1)
    to_come.save()
    for number in (1, 2):
        OutgoingMail.objects.create(
            from_email="a@b.example",
            subject=f"Number {number}",
            text="Hello",
            message_id=f"<{number}@b.example>",
            state="sent",
            sent_at=timezone.now(),
        )
    return books


@pytest.fixture
def books(made: Books) -> Iterator[Books]:
    """The rows to attack, by a connection that fires no triggers for what it replaces."""
    recursive_triggers(is_on=False)
    yield made
    recursive_triggers(is_on=True)
    # What an attack leaves half done is not to be checked when the test is undone.
    transaction.set_rollback(True)


def recursive_triggers(*, is_on: bool) -> None:
    if connection.vendor == "sqlite":
        execute(f"PRAGMA recursive_triggers = {'ON' if is_on else 'OFF'}")


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def refused(table: str, *statements: str) -> None:
    """Assert that a guard of the table refuses the last statement, and that nothing has changed."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        before = cursor.fetchall()
        assert before, f"no row of {table} to attack"
        guarded = rf"({table}( is append-only| keeps its rows|: )|illegal move of {table})"
        with pytest.raises(IntegrityError, match=guarded), transaction.atomic():
            run(cursor, statements)
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        assert cursor.fetchall() == before


def run(cursor: Any, statements: tuple[str, ...]) -> None:
    for statement in statements:
        cursor.execute(statement)


def table_of(model: Model) -> str:
    return model._meta.db_table


def attacked(model: Model) -> int:
    """Return the row to attack: paid, won, in force."""
    rows = model._default_manager.order_by("pk")
    if model is Withdrawal:
        rows = rows.filter(status="paid")
    if model is Lead:
        rows = rows.filter(status=Status.WON)
    return int(rows.values_list("pk", flat=True)[0])


def protected_columns(model: Model) -> list[str]:
    guard = guard_of(model)
    if guard.append_only or guard.in_force_from:
        return [field.name for field in model._meta.concrete_fields]
    status = [guard.moves.field] if guard.moves else []
    if guard.moves and guard.moves.history:
        status.append("last_event")
    bound = chain(*guard.changes_in.values(), *guard.set_by.values(), *guard.held_in.values())
    return [*guard.frozen, *bound, *status, model._meta.pk.name]


def another(field: Any) -> str:
    """Return SQL for a value that the column does not have now."""
    column = f'"{field.column}"'
    if isinstance(field, models.DateField):
        return "'2001-01-01'"
    if isinstance(field, models.BooleanField):
        return f"NOT {column}"
    if isinstance(field, models.JSONField):
        return "'[1]'"
    if isinstance(getattr(field, "target_field", field), models.UUIDField):
        return f"'{1:032}'"
    if isinstance(field, models.CharField | models.TextField):
        return "'x'"
    return f"COALESCE({column}, 0) + 1"


@pytest.mark.parametrize(
    "model", [m for m in GUARDED if protected_columns(m)], ids=lambda m: m.__name__
)
def test_protected_columns_are_not_changed(books: Books, model: Model) -> None:
    for name in protected_columns(model):
        field = model._meta.get_field(name)
        change = f'UPDATE "{table_of(model)}" SET "{field.column}" = {another(field)}'
        refused(table_of(model), f"{change} WHERE id = {attacked(model)}")


def columns(model: Model, *without: str) -> str:
    names = [field.column for field in model._meta.concrete_fields if field.column not in without]
    return ", ".join(f'"{name}"' for name in names)


def deleted(model: Model) -> tuple[str, ...]:
    return (f'DELETE FROM "{table_of(model)}" WHERE id = {attacked(model)}',)


def deleted_and_inserted(model: Model) -> tuple[str, ...]:
    table, row = table_of(model), attacked(model)
    return (
        f'CREATE TEMPORARY TABLE copied AS SELECT * FROM "{table}" WHERE id = {row}',
        f'DELETE FROM "{table}" WHERE id = {row}',
        f'INSERT INTO "{table}" SELECT * FROM copied',
    )


def upserted(model: Model) -> tuple[str, ...]:
    table, row = table_of(model), attacked(model)
    name = protected_columns(model)[0]
    field = model._meta.get_field(name)
    value = another(field).replace(f'"{field.column}"', f'"{table}"."{field.column}"')
    return (
        f'INSERT INTO "{table}" ({columns(model)}) SELECT {columns(model)} FROM "{table}" '
        f'WHERE id = {row} ON CONFLICT (id) DO UPDATE SET "{field.column}" = {value}',
    )


def another_key(model: Model) -> tuple[str, ...]:
    return (f'UPDATE "{table_of(model)}" SET id = id + 1000000 WHERE id = {attacked(model)}',)


def truncated(model: Model) -> tuple[str, ...]:
    return ("SET CONSTRAINTS ALL IMMEDIATE", f'TRUNCATE "{table_of(model)}" CASCADE')


def replaced(model: Model) -> tuple[str, ...]:
    table, row = table_of(model), attacked(model)
    return (f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}" WHERE id = {row}',)


ATTACKS: dict[str, tuple[Callable[[Model], tuple[str, ...]], list[Model], str]] = {
    "DELETE": (deleted, KEPT, ""),
    "DELETE and INSERT": (deleted_and_inserted, KEPT, ""),
    "UPSERT": (upserted, GUARDED, ""),
    "another primary key": (another_key, GUARDED, ""),
    "TRUNCATE": (truncated, KEPT, "postgresql"),
    "REPLACE": (replaced, GUARDED, "sqlite"),
}


@pytest.mark.parametrize(
    ("attack", "model"),
    [
        pytest.param(
            attack,
            model,
            id=f"{name}-{model.__name__}",
            marks=[getattr(pytest.mark, only)] if only else [],
        )
        for name, (attack, targets, only) in ATTACKS.items()
        for model in targets
    ],
)
def test_guarded_table_withstands(books: Books, attack: Any, model: Model) -> None:
    refused(table_of(model), *attack(model))


UNIQUE = [
    pytest.param(model, sets, condition, id=f"{model.__name__}-{'-'.join(sets)}")
    for model in GUARDED
    for sets, condition in unique_columns(model)
    if sets != ("id",)
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("model", "sets", "constraint"), UNIQUE)
def test_row_is_not_replaced_by_its_unique_columns(
    books: Books, model: Model, sets: tuple[str, ...], constraint: Any
) -> None:
    """A new row with another primary key, which would take the old one's place."""
    table = table_of(model)
    rows = model._default_manager.exclude(**{f"{name}__isnull": True for name in sets})
    if constraint is not None and constraint.condition is not None:
        rows = rows.filter(constraint.condition)
    names = columns(model, "id")
    insert = f'INSERT OR REPLACE INTO "{table}" ({names}) SELECT {names} FROM "{table}"'
    refused(table, f"{insert} WHERE id = {rows.order_by('pk')[0].pk}")


@pytest.mark.sqlite
@pytest.mark.parametrize(("model", "sets", "constraint"), UNIQUE)
def test_row_is_not_replaced_by_an_update_of_another(
    books: Books, model: Model, sets: tuple[str, ...], constraint: Any
) -> None:
    table = table_of(model)
    rows = model._default_manager.exclude(**{f"{name}__isnull": True for name in sets})
    if getattr(constraint, "condition", None):  # unique among some rows only
        rows = rows.filter(constraint.condition)
    first, second = rows.order_by("pk")[0].pk, rows.order_by("-pk")[0].pk
    assert first != second
    values = ", ".join(
        f'"{name}" = (SELECT "{name}" FROM "{table}" WHERE id = {first})' for name in sets
    )
    refused(table, f'UPDATE OR REPLACE "{table}" SET {values} WHERE id = {second}')


def test_every_model_with_a_status_is_guarded() -> None:
    """A counter by status has none itself."""
    bearing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in ("status", "state") and field.choices
    }
    guarded = {model._meta.label for model in GUARDED if guard_of(model).moves}
    assert bearing - {"leads.LeadCount"} == guarded
    assert {"leads.Lead", "commissions.Withdrawal"} <= guarded


def test_every_history_is_guarded_and_named_by_its_model() -> None:
    for model in GUARDED:
        moves = guard_of(model).moves
        if moves and moves.history:
            history = guard_of(apps.get_model(moves.history))
            assert history.append_only
            assert history.history_of


# A status changes only with its history row


def history(lead: Lead, to: str, **changes: Any) -> LeadEvent:
    """Return an unsaved row that continues the lead's history, with `changes` to it."""
    values = {
        "lead": lead,
        "number": lead.last_event + 1,
        "kind": "moved",
        "from_status": lead.status,
        "to_status": to,
        "at": timezone.now(),
        "actor": lead.submitted_by,
    }
    return LeadEvent(**values | changes)


@pytest.fixture
def lead_of(books: Books) -> Callable[[str], Lead]:
    return lambda status: Lead.objects.filter(status=status).order_by("pk")[0]


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_no_status_changes_without_its_history_row(lead_of: Any, old: str, new: str) -> None:
    lead = lead_of(old)
    if new == old:
        return
    for number in (lead.last_event, lead.last_event + 1):
        refusal = pytest.raises(IntegrityError, match=r"illegal move|new history row")
        with refusal, transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(status=new, last_event=number)


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_history_takes_exactly_what_may_follow(lead_of: Any, old: str, new: str) -> None:
    row = history(lead_of(old), new)
    if new in MOVES[old]:
        row.save()
        return
    row.kind = "corrected" if new == old else "moved"
    if new == old:  # which is a correction
        row.save()
        return
    with pytest.raises(IntegrityError, match="must continue"), transaction.atomic():
        row.save()


FORGED: dict[str, dict[str, Any]] = {
    "from another status": {"from_status": "approved", "to_status": "lost"},
    "a second beginning": {"number": 1, "from_status": "", "kind": "submitted"},
    "a place that is taken": {"number": 1},
    "a place further on": {"number": 3},
    "out of nowhere": {"from_status": ""},
    "no status at all": {"to_status": "nonsense"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_forged_history_row_is_refused(lead_of: Any, changes: dict[str, Any]) -> None:
    row = history(lead_of(Status.SUBMITTED), "approved", **changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_history_row_of_another_lead_changes_no_status(lead_of: Any) -> None:
    lead = lead_of(Status.SUBMITTED)
    other = LeadFactory(partner=lead.partner, submitted_by=lead.submitted_by)
    history(other, "approved").save()
    with pytest.raises(IntegrityError, match="new history row"), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(status="approved", last_event=lead.last_event + 1)


def test_old_history_row_changes_no_status(lead_of: Any) -> None:
    lead = lead_of(Status.APPROVED)
    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(status="submitted", last_event=1)


@pytest.mark.postgresql
def test_history_row_that_no_lead_follows_does_not_commit(lead_of: Any) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")
    history(lead_of(Status.SUBMITTED), "approved").save()
    with pytest.raises(IntegrityError, match="needs its change"), transaction.atomic():
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_new_lead_begins_as_submitted(lead_of: Any) -> None:
    for changes in ({"status": "approved"}, {"last_event": 2}):
        lead = lead_of(Status.SUBMITTED)
        lead.pk, lead.reference = None, "LD-FORGED22"
        for name, value in changes.items():
            setattr(lead, name, value)
        with pytest.raises(IntegrityError, match="begins as submitted"), transaction.atomic():
            lead.save(force_insert=True)


def test_new_withdrawal_is_pending_and_without_evidence(books: Books) -> None:
    paid = Withdrawal.objects.filter(status="paid")[0]
    for changes in ({"status": "paid"}, {"status": "pending"}):
        paid.pk, paid.number, paid.last_event = None, "W-FORGED", 1
        paid.status = changes["status"]
        with pytest.raises(IntegrityError, match=r"begins as pending|empty"), transaction.atomic():
            paid.save(force_insert=True)


# A withdrawal's batch


def test_batch_is_cleared_while_pending_and_final_afterwards(books: Books) -> None:
    pending = Withdrawal.objects.filter(status="pending", batch__isnull=False)
    paid = Withdrawal.objects.filter(status="paid", batch__isnull=False)
    with pytest.raises(IntegrityError, match="only while pending"), transaction.atomic():
        paid.update(batch=None)
    row = pending[0].pk
    assert pending.update(batch=None) == 2
    assert Withdrawal.objects.get(pk=row).batch is None


# The attacks by name


@pytest.mark.sqlite
def test_paid_withdrawal_is_not_made_pending_by_replace(books: Books) -> None:
    names = columns(Withdrawal, "status")
    refused(
        table_of(Withdrawal),
        f'INSERT OR REPLACE INTO "{table_of(Withdrawal)}" ({names}, status) '
        f"SELECT {names}, 'pending' FROM \"{table_of(Withdrawal)}\" WHERE status = 'paid'",
    )
