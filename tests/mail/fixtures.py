"""The outbox in tests: Django replaces the mail backend there, these put the portal's back."""

from collections.abc import Iterator
from typing import Any

import pytest

from leadportal.mail.models import OutgoingMail, OutgoingMailQuerySet
from tests.mail.smtp import SmtpServer, serving

OUTBOX = "leadportal.mail.backend.OutboxBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def outbox(db: None, settings: Any) -> OutgoingMailQuerySet:
    """All mail is queued, as it is outside of tests; the queued mail, newest first."""
    settings.EMAIL_BACKEND = OUTBOX
    return OutgoingMail.objects.all()


@pytest.fixture
def mail_server(settings: Any) -> Iterator[SmtpServer]:
    """A real mail server on this machine, to which the worker sends."""
    with serving() as server:
        use_server(settings, server.port)
        yield server


def use_server(settings: Any, port: int, **options: Any) -> None:
    """Let the worker send to this port of the machine."""
    options = {"host": "127.0.0.1", "port": port, "timeout": 5} | options
    settings.MAIL_TRANSPORT = {"BACKEND": SMTP, "OPTIONS": options}
