"""What an audit reads: one state of the database, all of it or a part."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection, models, transaction

from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import Partner

Rows = TypeVar("Rows", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows are checked: all, one partner's, those since a moment, or both."""

    partner: Partner | None = None
    since: datetime | None = None

    def of_partner(self, rows: models.QuerySet[Rows], *paths: str) -> models.QuerySet[Rows]:
        """Return the partner's rows by any of `paths`; all rows if no partner was chosen."""
        if self.partner is None:
            return rows
        return rows.filter(models.Q(*((path, self.partner.pk) for path in paths), _connector="OR"))

    def entries(self) -> models.QuerySet[LedgerEntry]:
        """Return the entries to check, in no order."""
        entries = self.of_partner(LedgerEntry.objects.order_by(), "account__partner")
        return entries if self.since is None else entries.filter(posted_at__gte=self.since)


@contextmanager
def snapshot() -> Iterator[None]:
    """Run everything inside on one state of the database, without blocking anybody.

    On PostgreSQL this is a read-only transaction at REPEATABLE READ, on SQLite a transaction that
    only reads, which the write-ahead log separates from writers. Inside a caller's transaction it
    is that transaction's view.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # Not `atomic`: it begins IMMEDIATE here, and nobody else could write.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
