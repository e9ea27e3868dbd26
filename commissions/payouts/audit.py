"""What the audit compares between withdrawals, their entries, their history and their evidence."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from commissions.ledger import histories
from commissions.ledger.chain import Fault
from commissions.ledger.histories import RowFault
from commissions.ledger.models import LedgerEntry
from commissions.ledger.references import names_of
from commissions.ledger.snapshot import Scope
from commissions.payouts import evidence
from commissions.payouts.models import Withdrawal, WithdrawalStatus
from leadportal.partners.models import Partner

Kind = LedgerEntry.Kind


def audit(scope: Scope) -> Iterator[Fault | RowFault]:
    """Yield what is wrong with withdrawals and suspensions; call it inside `snapshot`."""
    yield from _entries(scope)
    yield from histories.faults(Partner, scope, "pk", "name")
    yield from histories.faults(Withdrawal, scope, "account__partner", "number")
    yield from evidence.audit(scope)


def _entries(scope: Scope) -> Iterator[Fault]:
    """Check that withdrawals, their entries and their returns are one to one, and of one amount."""
    for account, number, _, reference in names_of(
        scope.entries().filter(kind=Kind.WITHDRAWAL, withdrawal=None)
    ):
        yield Fault(account, number, f"takes {reference}, which is no withdrawal")
    for account, number, _, reference in names_of(
        scope.entries().filter(kind=Kind.RETURN, returned_withdrawal=None)
    ):
        yield Fault(account, number, f"returns {reference}, which is not a returned withdrawal")
    requested = scope.of_partner(
        Withdrawal.objects.order_by("pk"), "account__partner", "entry__account__partner"
    )
    if scope.since is not None:
        recent = Q(entry__posted_at__gte=scope.since) | Q(return_entry__posted_at__gte=scope.since)
        requested = requested.filter(recent)
    for row in requested.values_list(
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
