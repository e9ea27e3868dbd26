"""The mail app's scheduled job."""

from datetime import time, timedelta

from django.conf import settings

from leadportal.jobs.registry import Job, Run
from leadportal.jobs.schedules import Daily
from leadportal.mail.models import OutgoingMail


def delete_old(run: Run) -> str:
    """Delete finished emails older than MAIL_RETENTION_DAYS; return in words how many."""
    before = run.now - timedelta(days=settings.MAIL_RETENTION_DAYS)
    deleted = 0
    while run.renew() and (some := OutgoingMail.objects.delete_finished(before)):
        deleted += some
    return f"{deleted} deleted"


DELETE_OLD = Job("delete_old_emails", "Delete old emails", Daily(time(3)), delete_old)
