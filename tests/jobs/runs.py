"""Runs of jobs, without a worker."""

from django.utils import timezone

from leadportal.jobs.registry import Run


def run_of() -> Run:
    """Return a run that goes on to its end."""
    now = timezone.now()
    return Run(due_at=now, now=now, renew=lambda: True)
