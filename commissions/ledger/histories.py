"""Compares each status with its history, which must record every change.

Covers every model whose guard names a history: partners, leads and withdrawals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from commissions.ledger.snapshot import Scope
from leadportal.db.guards import guard_of


@dataclass(frozen=True, slots=True)
class RowFault:
    """Something wrong with a row that has a name of its own, such as a lead."""

    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


def faults(model: type[Model], scope: Scope, partner: str, reference: str) -> Iterator[RowFault]:
    """Yield what is wrong between the model's rows and their history.

    `partner` is the path from the model to its partner, `reference` the field people know it by.
    With `scope.since` every row is compared with its latest history row, and only the history from
    then on with what came before.
    """
    moves = guard_of(model).moves
    assert moves is not None  # noqa: S101 - asked of models with a status
    history: Any = apps.get_model(moves.history)
    owner = guard_of(history).history_of
    label = str(model._meta.verbose_name).capitalize()
    yield from _statuses(model, history, owner, scope, partner, (label, reference))
    rows = scope.of_partner(history._default_manager.order_by(), f"{owner}__{partner}")
    if scope.since is not None:
        rows = rows.filter(at__gte=scope.since)
    for wrong, problem in (
        (_torn(rows, history, owner), "does not follow the one before it"),
        (rows.filter(number__gt=F(f"{owner}__last_event")), "was never taken over"),
        (rows.exclude(_allowed(model, history)), "is not a change that may be"),
    ):
        listed = wrong.order_by(owner, "number").values_list(
            f"{owner}__{reference}", "number", "from_status", "to_status"
        )
        for name, number, before, after in listed.iterator():
            change = f"{before} to {after}" if before else after
            yield RowFault(f"{label} {name}", f"its history row {number} ({change}) {problem}")


def _statuses(
    model: type[Model],
    history: Any,
    owner: str,
    scope: Scope,
    partner: str,
    named: tuple[str, str],
) -> Iterator[RowFault]:
    recorded = history._default_manager.filter(
        **{owner: OuterRef("pk"), "number": OuterRef("last_event"), "to_status": OuterRef("status")}
    )
    rows = scope.of_partner(model._default_manager.order_by("pk"), partner)
    label, reference = named
    # Where the first row is the first change, a row without one is as it began.
    unchanged = Q(last_event=0, status=_default(model, "status"))
    unrecorded = rows.filter(~Exists(recorded)).exclude(unchanged)
    for name, status, number in unrecorded.values_list(
        reference, "status", "last_event"
    ).iterator():
        yield RowFault(
            f"{label} {name}", f"is {status}, which its history row {number} does not say"
        )


def _torn(rows: QuerySet[Any], history: Any, owner: str) -> QuerySet[Any]:
    before = history._default_manager.filter(
        **{
            owner: OuterRef(owner),
            "number": OuterRef("number") - 1,
            "to_status": OuterRef("from_status"),
        }
    )
    return rows.filter(Q(number__gt=1) & ~Exists(before))


def _allowed(model: type[Model], history: Any) -> Q:
    moves = guard_of(model).moves
    assert moves is not None  # noqa: S101 - asked of models with a status
    first = _default(model, "last_event")
    allowed = Q(number=first, from_status="", to_status=_default(model, moves.field))
    for before, targets in moves.transitions.items():
        allowed |= Q(number__gt=first, from_status=before, to_status__in=targets)
    if any(field.name == "kind" for field in history._meta.concrete_fields):
        allowed |= Q(number__gt=1, kind="corrected", from_status=F("to_status"))
    return allowed


def _default(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name).get_default()  # type: ignore[union-attr]
