"""The app of interrupted forms."""

from django.apps import AppConfig


class InterruptedConfig(AppConfig):
    name = "leadportal.interrupted"

    def ready(self) -> None:
        from leadportal.interrupted.jobs import DELETE_EXPIRED
        from leadportal.jobs import registry

        registry.register(DELETE_EXPIRED)
