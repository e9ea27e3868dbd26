"""The mail app: every message is queued with the change it tells of and sent by a worker."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "leadportal.mail"
