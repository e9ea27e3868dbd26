"""The one entry point for the portal's own email."""

from collections.abc import Sequence

from django.core import mail
from django.core.mail import EmailMessage


def queue(messages: Sequence[EmailMessage], *, shown_with: str = "") -> None:
    """Queue the messages in the caller's transaction: they are sent if and when it commits.

    `shown_with` is the permission to see what they are about, such as `leads.view_lead`: staff who
    have it see them in the list of outgoing emails. Without one, only administrators do. The number
    of statements is the same for up to some dozens of messages.
    """
    for message in messages:
        message.shown_with = shown_with  # type: ignore[attr-defined]
    mail.get_connection().send_messages(messages)
