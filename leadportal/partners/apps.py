"""The partners app: organizations, their people, and who may do what."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from leadportal.db import constraints, sqlite, triggers
from leadportal.partners.checks import check_trusted_proxies


class PartnersConfig(AppConfig):
    name = "leadportal.partners"

    def ready(self) -> None:
        from leadportal.jobs import registry
        from leadportal.partners.jobs import DELETE_SESSIONS

        registry.register(DELETE_SESSIONS)
        connection_created.connect(sqlite.raise_limits)
        register(triggers.check, Tags.database)
        register(constraints.check, Tags.database)
        register(check_trusted_proxies, deploy=True)
        pre_migrate.connect(triggers.drop_before_migrate, sender=self)
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        post_migrate.connect(_grant, sender=self)
        post_migrate.connect(_normalize_addresses, sender=self)


def _normalize_addresses(**kwargs: Any) -> None:
    from leadportal.partners.addresses import normalize_addresses

    normalize_addresses()


def _grant(**kwargs: Any) -> None:
    from leadportal.db.groups import PARTNER_MANAGERS, grant

    grant(
        PARTNER_MANAGERS,
        "partners.add_partner",
        "partners.change_partner",
        "partners.view_partner",
        "partners.suspend_partner",
        "partners.add_user",
        "partners.change_user",
        "partners.view_user",
    )
