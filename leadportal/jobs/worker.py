"""Runs scheduled jobs and empties queues. Any number of workers may do so, on any machines."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from leadportal.jobs import registry
from leadportal.jobs.models import LEASE, ScheduledJob

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1
LOOK_AT_CLOCK_EVERY = timedelta(minutes=1).total_seconds()


def run(stopping: Callable[[], bool]) -> None:
    """Empty the queues and run jobs as they fall due, until `stopping()` is true."""
    looked_at = None
    while not stopping():
        try:
            # The monotonic clock: the other one is what is being checked.
            if looked_at is None or time.monotonic() - looked_at >= LOOK_AT_CLOCK_EVERY:
                look_at_clock()
                looked_at = time.monotonic()
            work_once(stopping)
        except (OperationalError, InterfaceError):
            # A database that restarts or stays busy only delays the work.
            logger.exception("The database cannot be used now")
            connection.close()
        close_old_connections()
        time.sleep(IDLE_SECONDS)


def look_at_clock() -> None:
    """Add newly registered jobs, and let no job wait because of a clock that was set back."""
    now = timezone.now()
    ScheduledJob.objects.add_missing(now)
    ScheduledJob.objects.follow_clock(now)


def work_once(stopping: Callable[[], bool] = lambda: False) -> None:
    """Empty the queues and run what is due."""
    for queue in registry.queues():
        queue(stopping)
    run_due(stopping)


def run_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Run the jobs that are due, one at a time, and return how many have succeeded."""
    succeeded = 0
    # Found without a lock first: an idle worker only reads.
    while not stopping() and ScheduledJob.objects.due(timezone.now()).exists():
        row = ScheduledJob.objects.claim(timezone.now(), LEASE)
        if row is None:
            break
        succeeded += _run(row, stopping)
    return succeeded


def _run(row: ScheduledJob, stopping: Callable[[], bool]) -> bool:
    job = registry.find(row.name)
    assert job  # noqa: S101 - only registered ones are claimed

    def renew() -> bool:
        return not stopping() and row.renew(timezone.now())

    try:
        result = job.work(registry.Run(row.due_at, timezone.now(), renew))
    except Exception as error:
        # An error in one job must not stop the others.
        logger.exception("The job %s failed", row.name)
        known, succeeded = row.fail(timezone.now(), error), False
    else:
        now = timezone.now()
        known, succeeded = row.succeed(now, result, job.schedule.after(now)), True
        logger.info("The job %s: %s", row.name, result)
    if not known:
        logger.error("The job %s took longer than its lease and may have run twice", row.name)
    return succeeded
