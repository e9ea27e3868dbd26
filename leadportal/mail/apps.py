"""The mail app: emails are queued with the change they report and sent by a worker."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate


class MailConfig(AppConfig):
    name = "leadportal.mail"

    def ready(self) -> None:
        from leadportal.jobs import registry
        from leadportal.mail.checks import check_site_url, check_transport
        from leadportal.mail.jobs import DELETE_OLD
        from leadportal.mail.worker import send_due

        registry.register_queue(send_due)
        registry.register(DELETE_OLD)
        register(check_transport, deploy=True)
        register(check_site_url, deploy=True)
        post_migrate.connect(_grant, sender=self)


def _grant(**kwargs: Any) -> None:
    from leadportal.db.groups import FINANCE, PARTNER_MANAGERS, SALES, grant

    for group in (SALES, FINANCE, PARTNER_MANAGERS):  # each sees what its other permissions show
        grant(group, "mail.view_outgoingmail")
