"""What an audit looks at: one state of the database, all of it or a part."""

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
    """All there is, or one partner's part of it, or what came since a moment, or both."""

    partner: Partner | None = None
    since: datetime | None = None

    def of_partner(self, rows: models.QuerySet[Rows], *paths: str) -> models.QuerySet[Rows]:
        """Return the partner's rows by any of `paths`; all of them where none was chosen."""
        if self.partner is None:
            return rows
        return rows.filter(models.Q(*((path, self.partner.pk) for path in paths), _connector="OR"))

    def entries(self) -> models.QuerySet[LedgerEntry]:
        """Return the entries to check, in no order."""
        entries = self.of_partner(LedgerEntry.objects.order_by(), "account__partner")
        return entries if self.since is None else entries.filter(posted_at__gte=self.since)


@contextmanager
def snapshot() -> Iterator[None]:
    """Let everything inside read one state of the database, and hold no one up meanwhile.

    On PostgreSQL a read-only transaction at REPEATABLE READ, on SQLite one that only reads, which
    the write-ahead log keeps apart from those who write. Inside a caller's transaction it is that
    transaction's view.
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
