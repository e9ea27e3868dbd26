"""The partners app's scheduled job."""

from datetime import time
from importlib import import_module

from django.conf import settings

from leadportal.jobs.registry import Job, Run
from leadportal.jobs.schedules import Daily


def delete_expired_sessions(run: Run) -> str:
    """Delete the sessions that have expired."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return "expired sessions deleted"


DELETE_SESSIONS = Job(
    "delete_expired_sessions", "Delete expired sessions", Daily(time(3)), delete_expired_sessions
)
