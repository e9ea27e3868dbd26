"""The one door for the portal's own mail."""

from collections.abc import Sequence

import django
from django.core import mail
from django.core.mail import EmailMessage


def queue(messages: Sequence[EmailMessage]) -> None:
    """Queue the messages in the caller's transaction: they are sent if, and once, it commits.

    The number of statements does not grow with the number of messages, up to some dozens each.
    """
    mailer = mail.mailers.default if django.VERSION >= (6, 1) else mail.get_connection()
    mailer.send_messages(messages)
