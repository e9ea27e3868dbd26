"""The approvals app: what a second person must approve before it happens."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApprovalsConfig(AppConfig):
    name = "leadportal.approvals"

    def ready(self) -> None:
        post_migrate.connect(_grant, sender=self)


def _grant(**kwargs: Any) -> None:
    from leadportal.db.groups import FINANCE, SALES, grant

    # What one may approve follows from each kind's own permission.
    for group in (FINANCE, SALES):
        grant(group, "approvals.view_approval")
