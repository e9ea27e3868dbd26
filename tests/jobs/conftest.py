"""A job of the tests' own, due when they say."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from leadportal.jobs import registry
from leadportal.jobs.models import ScheduledJob
from leadportal.jobs.registry import Job, Run
from leadportal.jobs.schedules import Every

HOURLY = Every(timedelta(hours=1))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Register a job that does this, the only one there is, with a row that is due."""
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(registry, "_queues", [])

    def register(work: Callable[[Run], str], schedule: object = HOURLY, name: str = "job") -> Job:
        job = Job(name, name.capitalize(), schedule, work)  # type: ignore[arg-type]
        registry.register(job)
        ScheduledJob.objects.add_missing(timezone.now())
        make_due(name)
        return job

    return register


def make_due(name: str = "job") -> None:
    """Let the job be due since a second ago."""
    due = timezone.now() - timedelta(seconds=1)
    ScheduledJob.objects.filter(name=name).update(due_at=due, next_attempt_at=due)


def row_of(name: str = "job") -> ScheduledJob:
    """Return the job's row as it is now."""
    return ScheduledJob.objects.get(name=name)
