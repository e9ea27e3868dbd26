"""What the audit compares between rows: an entry and the one it names, a withdrawal and its entry.

Each check streams what concerns it: joins, and no query per row.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from commissions.ledger.chain import REFERS_TO, Fault
from commissions.ledger.models import LedgerEntry
from commissions.ledger.snapshot import Scope
from commissions.payouts.models import Withdrawal, WithdrawalStatus

Kind = LedgerEntry.Kind


def references(scope: Scope) -> Iterator[Fault]:
    """Check the entries that name another one against that one."""
    same = LedgerEntry.objects.filter(refers_to=OuterRef("refers_to"))
    entries = scope.entries().filter(refers_to__isnull=False)
    named = entries.annotate(
        # Joined so that an entry whose other one is gone stays in sight.
        other=FilteredRelation("refers_to"),
        is_second=Exists(same.filter(kind=OuterRef("kind"), pk__lt=OuterRef("pk"))),
        is_after_reversal=Exists(same.filter(kind=Kind.REVERSAL, number__lt=OuterRef("number"))),
    ).values_list(
        "account_id",
        "number",
        "kind",
        "amount",
        "reference",
        "other__account_id",
        "other__number",
        "other__kind",
        "other__amount",
        "other__reference",
        "is_second",
        "is_after_reversal",
        named=True,
    )
    for row in named.iterator():
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
    if row.kind != Kind.CORRECTION and row.amount != -row.other__amount:
        yield f"is of {row.amount}, {other} is of {row.other__amount}"
    if row.kind == Kind.CORRECTION and not row.is_after_reversal:
        yield f"corrects {other}, which was not reversed before"
    if row.is_second:
        yield f"is the second {row.kind} of {other}"


def doubles(scope: Scope) -> Iterator[Fault]:
    """Find what was posted twice under one reference; a commission's is the leads' audit's."""
    first = LedgerEntry.objects.filter(
        reference=OuterRef("reference"), kind=OuterRef("kind"), pk__lt=OuterRef("pk")
    )
    once = scope.entries().filter(kind__in=(Kind.ADJUSTMENT, Kind.WITHDRAWAL))
    for account, number, kind, reference in _names(once.filter(Exists(first))):
        yield Fault(account, number, f"is the second {kind} under {reference}")


def withdrawals(scope: Scope) -> Iterator[Fault]:
    """Check that withdrawals, their entries and their returns are one to one, and of one amount."""
    for account, number, _, reference in _names(
        scope.entries().filter(kind=Kind.WITHDRAWAL, withdrawal=None)
    ):
        yield Fault(account, number, f"takes {reference}, which nobody has asked for")
    for account, number, _, reference in _names(
        scope.entries().filter(kind=Kind.RETURN, returned_withdrawal=None)
    ):
        yield Fault(account, number, f"gives {reference} back, which is not returned")
    asked = scope.of_partner(
        Withdrawal.objects.order_by("pk"), "account__partner", "entry__account__partner"
    )
    if scope.since is not None:
        recent = Q(entry__posted_at__gte=scope.since) | Q(return_entry__posted_at__gte=scope.since)
        asked = asked.filter(recent)
    for row in asked.values_list(
        "number",
        "account_id",
        "amount",
        "status",
        "entry_id",
        "entry__account_id",
        "entry__number",
        "entry__kind",
        "entry__amount",
        "entry__reference",
        "return_entry_id",
        "return_entry__number",
        "return_entry__kind",
        "return_entry__refers_to_id",
        named=True,
    ).iterator():
        for problem in _problems_of_withdrawal(row):
            yield Fault(row.entry__account_id, row.entry__number, problem)


def _problems_of_withdrawal(row: Any) -> Iterator[str]:
    is_back = row.return_entry_id is not None
    if row.entry__kind != Kind.WITHDRAWAL:
        yield f"is of the kind {row.entry__kind}, yet the withdrawal {row.number} names it"
    if row.entry__account_id != row.account_id:
        yield f"is of another account than the withdrawal {row.number}"
    if row.entry__reference != row.number:
        yield f"bears the reference {row.entry__reference}, its withdrawal is {row.number}"
    if row.entry__amount != -row.amount:
        yield f"is of {row.entry__amount}, the withdrawal {row.number} is of {row.amount}"
    if (row.status == WithdrawalStatus.RETURNED) != is_back:
        returned = "with a return" if is_back else "without a return"
        yield f"is taken by the withdrawal {row.number}, which is {row.status} {returned}"
    if is_back and (row.return_entry__kind, row.return_entry__refers_to_id) != (
        Kind.RETURN,
        row.entry_id,
    ):
        yield (
            f"is not what entry {row.return_entry__number} gives back, as the withdrawal "
            f"{row.number} has it"
        )


def _names(entries: Any) -> Iterator[tuple[int, int, str, str]]:
    named = entries.values_list("account_id", "number", "kind", "reference")
    yield from named.iterator()
