"""What the tests of the outbox share."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from leadportal.mail.models import OutgoingMail
from leadportal.mail.outbox import queue


def written(subject: str = "Hello", to: str = "owner@brightside.example") -> EmailMultiAlternatives:
    """Return a mail of a text and its HTML, not yet queued."""
    message = mail.EmailMultiAlternatives(subject, f"Text of {subject}", to=[to])
    message.attach_alternative(f"<p>HTML of {subject}</p>", "text/html")
    return message


@pytest.fixture
def queued(outbox) -> Callable[..., list[OutgoingMail]]:
    """Queue mails with these subjects and return their rows."""

    def _queued(*subjects: str) -> list[OutgoingMail]:
        queue([written(subject) for subject in subjects])
        return list(OutgoingMail.objects.order_by("pk"))

    return _queued


def make_due(minutes: int = 1) -> None:
    """Let the time pass until every queued mail is due."""
    OutgoingMail.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=minutes))
