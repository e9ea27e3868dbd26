"""The scheduled jobs, and the queues that workers empty. The package that owns one registers it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from leadportal.jobs.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job.

    `due_at` is the time it was due, `now` the time it began, both UTC. A long job calls `renew()`
    before each step: it returns False if the job must end, because the worker is stopping or
    another one has taken over.
    """

    due_at: datetime
    now: datetime
    renew: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Job:
    """A function that runs on a schedule.

    `name` is stored: never change it. `work` returns in words what was done. It runs once for each
    due time, and again if a worker died or an error was raised, so running twice must do no harm.
    """

    name: str
    label: str
    schedule: Schedule
    work: Callable[[Run], str]


# Empties a queue until nothing in it is due, or its argument returns True.
Queue = Callable[[Callable[[], bool]], object]

_jobs: dict[str, Job] = {}
_queues: list[Queue] = []


def register(job: Job) -> None:
    """Register the job for all workers. Raises ValueError if another job has its name."""
    if _jobs.setdefault(job.name, job) != job:
        raise ValueError(f"There is another job called {job.name}.")


def unregister(job: Job) -> None:
    """Remove a job, such as one that a test has registered."""
    _jobs.pop(job.name, None)


def register_queue(queue: Queue) -> None:
    """Have workers empty this queue about every second."""
    if queue not in _queues:
        _queues.append(queue)


def find(name: str) -> Job | None:
    """Return the job of this name, None if no installed package registers it."""
    return _jobs.get(name)


def jobs() -> list[Job]:
    """Return all jobs."""
    return list(_jobs.values())


def queues() -> list[Queue]:
    """Return all queues."""
    return list(_queues)
