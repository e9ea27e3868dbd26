"""The one entry point for the portal's own email."""

from collections.abc import Sequence

from django.core import mail
from django.core.mail import EmailMessage


def queue(messages: Sequence[EmailMessage]) -> None:
    """Queue the messages in the caller's transaction: they are sent if, and once, it commits.

    The number of statements does not grow with the number of messages, up to some dozens each.
    """
    mail.get_connection().send_messages(messages)
