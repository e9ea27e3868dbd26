"""Rows that workers take in turn: a row belongs to one worker until its lease ends.

A worker that dies keeps its row for the rest of the lease; then another takes it over. No
transaction is open while a worker has a row.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.utils import timezone


def storable(text: str) -> str:
    """Return the text without NUL and halves of surrogate pairs, which no database stores.

    An error's words may have them: what a mail server has replied, or the name of a file.
    """
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class LeasedQuerySet(models.QuerySet[Any]):
    """Finds and claims what is due."""

    def waiting(self) -> Self:
        """Return the rows that have something left to do; all of them unless overridden."""
        return self.all()

    def due(self, now: datetime) -> Self:
        """Return what can be claimed at `now`, the longest due first."""
        return self.waiting().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")

    def claim(self, now: datetime, lease: timedelta) -> Any:
        """Return the next due row, this worker's alone for `lease`, or None.

        The attempt is counted here, so that a row which kills its workers is noticed.
        """
        with transaction.atomic():
            # PostgreSQL skips what another worker claims at this moment; on SQLite the transaction
            # has taken the only write lock before it reads.
            row = self.due(now).select_for_update(skip_locked=True).first()
            if row is not None:
                row.attempts += 1
                row.next_attempt_at = now + lease
                row.save(update_fields=("attempts", "next_attempt_at", *row.claimed_at(now)))
        return row


class Leased(models.Model):
    """A row that one worker at a time works on."""

    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        default=timezone.now,
        help_text="While a worker has it in hand: when another worker may take over.",
    )
    last_error = models.TextField(blank=True)

    objects: ClassVar[Any]

    class Meta:
        abstract = True

    def claimed_at(self, now: datetime) -> tuple[str, ...]:
        """Record the time of the claim; return the names of the fields that were set."""
        return ()

    def update_claimed(self, **changes: object) -> bool:
        """Update the row that this worker has claimed. False if another one has taken it over."""
        # The number of attempts names the claim: it moves on when another worker takes over.
        rows = type(self).objects.waiting().filter(pk=self.pk, attempts=self.attempts)
        stored = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in changes.items()
        }
        return bool(rows.update(**stored) == 1)
