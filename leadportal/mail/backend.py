"""Django's mail backend for the portal: it queues emails, and the worker sends them."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from leadportal.domains import readable_email
from leadportal.folding import search_text
from leadportal.mail.models import OutgoingMail

_ADDRESS = r"[\w.+-]+@[\w.-]*\w"
_PLAIN_ADDRESS = re.compile(rf"{_ADDRESS}|[\w ]*<{_ADDRESS}>", re.ASCII)
_PLAIN_TEXT = re.compile(r"(?!.*=\?)[ -~]*")


class OutboxBackend(BaseEmailBackend):
    """Write each message to the outbox, through the connection and transaction of the change."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue the messages that have recipients, and return how many were queued.

        Replies go to REPLY_TO_EMAIL unless the message says otherwise. Raises ValueError, queueing
        none, for what the outbox does not support: an attachment, a message without plain text, a
        header of several lines.
        """
        now = timezone.now()
        domain = urlsplit(settings.SITE_URL).hostname or "localhost"
        rows = [_row(message, domain, now) for message in email_messages if message.recipients()]
        OutgoingMail.objects.bulk_create(rows)
        return len(rows)


def _row(message: EmailMessage, domain: str, now: datetime) -> OutgoingMail:
    headers = {name: str(value) for name, value in message.extra_headers.items()}
    given_id = [headers.pop(name) for name in list(headers) if name.lower() == "message-id"]
    row = OutgoingMail(
        to=[str(address) for address in message.to],
        cc=[str(address) for address in message.cc],
        bcc=[str(address) for address in message.bcc],
        reply_to=[str(address) for address in message.reply_to or [settings.REPLY_TO_EMAIL]],
        from_email=str(message.from_email),
        subject=str(message.subject),
        text=_text(message),
        html=_html(message),
        headers=headers,
        message_id=given_id[0] if given_id else make_msgid(domain=domain),
        shown_with=getattr(message, "shown_with", ""),
        queued_at=now,
        next_attempt_at=now,
    )
    _refuse_unwritable_headers(row)
    addresses = [*row.to, *row.cc, *row.bcc]
    row.search_text = search_text(row.subject, *addresses, *map(readable_email, addresses))
    return row


def _refuse_unwritable_headers(row: OutgoingMail) -> None:
    # Fail here, where the cause is, not hours later in the worker.
    texts = (row.subject, *row.headers.values())
    addresses = (row.from_email, row.message_id, *row.to, *row.cc, *row.bcc, *row.reply_to)
    if all(map(_PLAIN_TEXT.fullmatch, texts)) and all(map(_PLAIN_ADDRESS.fullmatch, addresses)):
        return  # nothing of it is to be encoded or taken apart, so it needs no trial
    headed = row.message()  # without its texts: any can be written, and they cost most
    headed.body, headed.alternatives = "", []
    headed.message()


def _text(message: EmailMessage) -> str:
    text = str(message.body or "")
    if message.content_subtype != "plain" or not text.strip():
        raise ValueError("The outbox requires a plain text beside HTML.")
    return text


def _html(message: EmailMessage) -> str:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    kinds = [kind for _, kind in alternatives]
    if message.attachments or kinds not in ([], ["text/html"]):
        raise ValueError("The outbox does not support attachments.")
    return str(alternatives[0][0]) if alternatives else ""
