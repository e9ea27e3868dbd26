"""The jobs app: scheduled jobs, and the worker that runs them."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    name = "leadportal.jobs"

    def ready(self) -> None:
        post_migrate.connect(_add_missing, sender=self)


def _add_missing(**kwargs: Any) -> None:
    from django.utils import timezone

    from leadportal.jobs.models import ScheduledJob

    ScheduledJob.objects.add_missing(timezone.now())
