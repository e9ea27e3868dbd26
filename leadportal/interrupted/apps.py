"""The app of interrupted forms."""

from django.apps import AppConfig


class InterruptedConfig(AppConfig):
    name = "leadportal.interrupted"
