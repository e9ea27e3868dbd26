"""The state of each scheduled job: when it is due, and how its last run ended."""

from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone

from leadportal.db.leases import Leased, LeasedQuerySet
from leadportal.jobs import registry

# After this time without a sign of life a worker counts as dead.
LEASE: Final = timedelta(minutes=10)
# After 1, 2, 4, … minutes a job that failed is tried again, at last every hour.
FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=1)
LONGEST_TEXT: Final = 500


def delay_after(failures: int) -> timedelta:
    """Return how long a job waits after its `failures`-th failure (from 1) in a row."""
    doubled: int = 2 ** min(failures - 1, 10)
    return min(FIRST_DELAY * doubled, LONGEST_DELAY)


class ScheduledJobQuerySet(LeasedQuerySet):
    """Queries of the workers."""

    def waiting(self) -> Self:
        """Return the jobs that an installed package registers."""
        return self.filter(name__in=[job.name for job in registry.jobs()])

    def add_missing(self, now: datetime) -> None:
        """Add a row for each new job, due at the next of its times after `now`."""
        known = set(self.values_list("name", flat=True))
        self.bulk_create(
            (
                ScheduledJob(name=job.name, due_at=due, next_attempt_at=due)
                for job in registry.jobs()
                if job.name not in known
                for due in [job.schedule.after(now)]
            ),
            ignore_conflicts=True,
        )

    def follow_clock(self, now: datetime) -> None:
        """Let no job wait longer than its schedule says, after a clock was set back."""
        for job in registry.jobs():
            due = job.schedule.after(now)
            longest = max(due, now + LEASE, now + LONGEST_DELAY)
            ahead = self.filter(name=job.name, next_attempt_at__gt=longest)
            ahead.update(due_at=due, next_attempt_at=due)


class ScheduledJob(Leased):
    """A job's next due time and its last run. Written by workers only."""

    name = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField("due")
    failures = models.PositiveIntegerField("failures in a row", default=0)
    started_at = models.DateTimeField("last started", null=True, blank=True)
    finished_at = models.DateTimeField("last finished", null=True, blank=True)
    succeeded_at = models.DateTimeField("last succeeded", null=True, blank=True)
    result = models.CharField(max_length=LONGEST_TEXT, blank=True)

    objects: ClassVar[ScheduledJobQuerySet] = ScheduledJobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("name",)
        verbose_name = "scheduled job"
        permissions = (("run_scheduledjob", "Can run a scheduled job now"),)

    def __str__(self) -> str:
        job = registry.find(self.name)
        return job.label if job else self.name

    @property
    def is_running(self) -> bool:
        """Whether a worker is running it, as far as is known."""
        has_begun = self.started_at is not None and (
            self.finished_at is None or self.finished_at < self.started_at
        )
        return has_begun and self.next_attempt_at > timezone.now()

    @property
    def duration(self) -> timedelta | None:
        """How long the last run took; None if none has ended, or one is running."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at if self.finished_at >= self.started_at else None

    def claimed_at(self, now: datetime) -> tuple[str, ...]:
        self.started_at = now
        return ("started_at",)

    def renew(self, now: datetime) -> bool:
        """Keep the job for another LEASE. Returns False if another worker has taken it over."""
        return self.update_claimed(next_attempt_at=now + LEASE)

    def succeed(self, now: datetime, result: str, due_at: datetime) -> bool:
        """Record a successful run; the job is due again at `due_at`. Returns like `renew`."""
        return self.update_claimed(
            due_at=due_at,
            next_attempt_at=due_at,
            failures=0,
            finished_at=now,
            succeeded_at=now,
            result=result[:LONGEST_TEXT],
            last_error="",
        )

    def fail(self, now: datetime, error: Exception) -> bool:
        """Record a failed run: it is retried later for the same due time. Returns like `renew`."""
        failures = self.failures + 1
        return self.update_claimed(
            next_attempt_at=now + delay_after(failures),
            failures=failures,
            finished_at=now,
            last_error=f"{type(error).__name__}: {error}"[:LONGEST_TEXT],
        )
