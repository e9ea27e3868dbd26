"""What the audit compares between entries: references to other entries, and duplicates.

Each check streams the rows concerned with joins, and makes no query per row.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from commissions.ledger.chain import COMPUTED, REFERS_TO, Fault
from commissions.ledger.models import LedgerEntry
from commissions.ledger.snapshot import Scope
from leadportal.approvals.models import State

Kind = LedgerEntry.Kind


def references(scope: Scope) -> Iterator[Fault]:
    """Compare the entries that refer to another entry with it."""
    same = LedgerEntry.objects.filter(refers_to=OuterRef("refers_to"))
    reversals = LedgerEntry.objects.filter(refers_to=OuterRef("pk"), kind=Kind.REVERSAL)
    standing = LedgerEntry.objects.filter(~Exists(reversals), kind__in=COMPUTED)
    others = standing.filter(reference=OuterRef("reference")).exclude(pk=OuterRef("pk"))
    entries = scope.entries().filter(refers_to__isnull=False)
    named = entries.annotate(
        # Joined so that an entry whose other one is gone stays in sight.
        other=FilteredRelation("refers_to"),
        is_second=Exists(same.filter(kind=OuterRef("kind"), pk__lt=OuterRef("pk"))),
        is_after_reversal=Exists(same.filter(kind=Kind.REVERSAL, number__lt=OuterRef("number"))),
        is_double=Exists(standing.filter(pk=OuterRef("pk"))) & Exists(others),
    ).values_list(
        "account_id",
        "number",
        "kind",
        "amount",
        "reference",
        "available_on",
        "other__account_id",
        "other__number",
        "other__kind",
        "other__amount",
        "other__reference",
        "other__available_on",
        "is_second",
        "is_after_reversal",
        "is_double",
        named=True,
    )
    for row in named.order_by("account_id", "number").iterator():
        for problem in _problems_of_reference(row):
            yield Fault(row.account_id, row.number, problem)


def _problems_of_reference(row: Any) -> Iterator[str]:
    other = f"entry {row.other__number}"
    if row.other__number is None:
        yield "names an entry that is gone"
        return
    if row.other__account_id != row.account_id or row.other__number >= row.number:
        yield f"names {other} of account {row.other__account_id}, not one before it on its own"
    if row.other__kind not in REFERS_TO.get(row.kind, ()):
        yield f"names {other}, whose kind {row.other__kind} does not go with {row.kind}"
    if row.reference != row.other__reference:
        yield f"bears the reference {row.reference}, {other} bears {row.other__reference}"
    if row.kind not in COMPUTED and row.amount != -row.other__amount:
        yield f"is of {row.amount}, {other} is of {row.other__amount}"
    if row.kind in (Kind.REVERSAL, Kind.CORRECTION) and row.available_on != row.other__available_on:
        yield f"is available from {row.available_on}, {other} from {row.other__available_on}"
    if row.kind == Kind.CORRECTION and not row.is_after_reversal:
        yield f"corrects {other}, which was not reversed before"
    if row.is_double:
        yield f"credits {row.reference}, which another entry credits, too"
    if row.is_second:
        yield f"is the second {row.kind} of {other}"


def doubles(scope: Scope) -> Iterator[Fault]:
    """Find what was posted twice under one reference; the leads' audit covers commissions."""
    first = LedgerEntry.objects.filter(
        reference=OuterRef("reference"), kind=OuterRef("kind"), pk__lt=OuterRef("pk")
    )
    once = scope.entries().filter(kind__in=(Kind.ADJUSTMENT, Kind.WITHDRAWAL))
    for account, number, kind, reference in names_of(once.filter(Exists(first))):
        yield Fault(account, number, f"is the second {kind} under {reference}")


def approvals(scope: Scope) -> Iterator[Fault]:
    """Check that what was posted is what a second person approved for the requester."""
    approved = Q(
        approval__state=State.APPROVED,
        approval__subject=F("reference"),
        approval__amount=F("amount"),
        approval__requested_by=F("posted_by"),
    )
    entries = scope.entries().filter(approval__isnull=False).exclude(approved)
    for account, number, request in entries.values_list("account_id", "number", "approval_id"):
        yield Fault(account, number, f"is not what was approved by request {request}")


def names_of(entries: Any) -> Iterator[tuple[int, int, str, str]]:
    """Yield account id, number, kind and reference of each entry."""
    named = entries.values_list("account_id", "number", "kind", "reference")
    yield from named.iterator()
