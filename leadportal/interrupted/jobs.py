"""The scheduled job of interrupted forms."""

from datetime import timedelta

from leadportal.interrupted.models import InterruptedForm
from leadportal.jobs.registry import Job, Run
from leadportal.jobs.schedules import Every


def delete_expired(run: Run) -> str:
    """Delete the interrupted forms that nobody has come back for; return the number in words."""
    return f"{InterruptedForm.objects.purge(run.now)} deleted"


DELETE_EXPIRED = Job(
    "delete_interrupted_forms",
    "Delete interrupted forms",
    Every(timedelta(minutes=15)),
    delete_expired,
)
