"""The audit of the ledger: recomputes every entry, follows every chain, compares every sum.

It streams: few rows are in memory at a time, however many there are. Called inside
`commissions.ledger.snapshot` it holds no lock and is correct while entries are posted. The packages
that own other rows register their own checks.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db.models import Exists, OuterRef, Q, Sum

from commissions.ledger import references
from commissions.ledger.chain import Fault, Row, faults, rows
from commissions.ledger.models import Account, LedgerEntry
from commissions.ledger.snapshot import Scope

Check = Callable[[Scope], Iterator[object]]

# What other packages check after the ledger itself: each yields faults, whose text names the row.
CHECKS: list[Check] = []

# So often the caller hears how far it is.
EVERY = 1_000


def register(check: Check) -> None:
    """Let the audit run `check`, once however often it is registered."""
    if check not in CHECKS:
        CHECKS.append(check)


def audit(scope: Scope, checked: Callable[[int], None]) -> Iterator[Fault]:
    """Yield what is wrong with the ledger.

    `checked` is called at intervals with the number of entries checked so far.
    """
    yield from _chains(scope, checked)
    yield from references.references(scope)
    yield from references.doubles(scope)
    yield from references.approvals(scope)


def _chains(scope: Scope, checked: Callable[[int], None]) -> Iterator[Fault]:
    entries = scope.of_partner(LedgerEntry.objects.all(), "account__partner")
    accounts = scope.of_partner(Account.objects.order_by("pk"), "partner")
    if scope.since is not None:
        # Also the last entry before `since`, which what follows is linked to.
        successors = LedgerEntry.objects.filter(
            account=OuterRef("account"), number=OuterRef("number") + 1, posted_at__lt=scope.since
        )
        entries = entries.filter(Q(posted_at__gte=scope.since) | ~Exists(successors))
        before = Q(entries__posted_at__lt=scope.since)
        accounts = accounts.annotate(earlier=Sum("entries__amount", filter=before))
    stream = _counted(rows(entries.order_by("account_id", "number")), scope, checked)
    for account_id, account, own in _together(accounts.iterator(), stream):
        if account is None:
            yield Fault(account_id, None, "is gone, its entries are not")
        else:
            earlier = getattr(account, "earlier", None) or Decimal(0)
            yield from faults(account, own, scope.since, earlier)


def _counted(entries: Iterable[Row], scope: Scope, checked: Callable[[int], None]) -> Iterator[Row]:
    count = 0
    for entry in entries:
        if scope.since is None or entry.posted_at >= scope.since:
            count += 1
            if count % EVERY == 0:
                checked(count)
        yield entry
    checked(count)


def _together(
    accounts: Iterator[Account], entries: Iterator[Row]
) -> Iterator[tuple[int, Account | None, Iterable[Row]]]:
    """Yield every account with its entries, None for one that is missing; ordered by its id."""
    account = next(accounts, None)
    for account_id, own in groupby(entries, key=attrgetter("account_id")):
        while account is not None and account.pk < account_id:
            yield account.pk, account, ()
            account = next(accounts, None)
        if account is not None and account.pk == account_id:
            yield account_id, account, own
            account = next(accounts, None)
        else:
            yield account_id, None, own
    while account is not None:
        yield account.pk, account, ()
        account = next(accounts, None)
