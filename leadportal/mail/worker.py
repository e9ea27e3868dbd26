"""Sends what is queued. Any number of workers may run, on any number of machines.

No transaction is open while a worker talks to the mail server: a server that hangs blocks nobody.
A worker that dies has one mail in hand; another takes it over when the lease has run out.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from leadportal.interrupted.models import InterruptedForm
from leadportal.mail.failures import WorkerDied
from leadportal.mail.models import MAX_ATTEMPTS, OutgoingMail
from leadportal.mail.transport import transport

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1
# Mail servers limit how many mails they take on one connection.
MAILS_PER_CONNECTION = 50
PURGE_EVERY = timedelta(hours=1)


def run(stopping: Callable[[], bool]) -> None:
    """Send emails as they fall due, and purge what is old, until `stopping()` is true."""
    purged_at = None
    while not stopping():
        try:
            send_due(stopping)
            now = timezone.now()
            if purged_at is None or now - purged_at >= PURGE_EVERY:
                purge()
                purged_at = now
        except (OperationalError, InterfaceError):
            # A database that restarts or stays busy only delays emails, as a mail server does.
            logger.exception("The database cannot be used now")
            connection.close()
        close_old_connections()
        time.sleep(IDLE_SECONDS)


def send_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, one mail at a time, and return how many mails the server has taken."""
    sent = 0
    while not stopping() and OutgoingMail.objects.due(timezone.now()).exists():
        attempted, taken = _send_batch(stopping)
        sent += taken
        if not attempted:
            break
    return sent


def purge() -> int:
    """Delete finished mail older than MAIL_RETENTION_DAYS and return how many mails that were.

    Interrupted forms that nobody has come back for are deleted, too.
    """
    now = timezone.now()
    InterruptedForm.objects.purge(now)
    count = OutgoingMail.objects.purge(now - timedelta(days=settings.MAIL_RETENTION_DAYS))
    if count:
        logger.info("Purged %s emails", count)
    return count


def _send_batch(stopping: Callable[[], bool]) -> tuple[int, int]:
    """Send over one connection; return how many mails were attempted and how many taken."""
    server = transport()
    try:
        server.open()
    except OSError as error:
        waiting = OutgoingMail.objects.postpone(timezone.now(), error)
        logger.warning("The mail server cannot be reached, %s emails wait: %s", waiting, error)
        return 0, 0
    else:
        return _send_over(server, stopping)
    finally:
        _close(server)


def _send_over(server: BaseEmailBackend, stopping: Callable[[], bool]) -> tuple[int, int]:
    attempted = taken = 0
    while attempted < MAILS_PER_CONNECTION and not stopping():
        mail = OutgoingMail.objects.claim(timezone.now())
        if mail is None:
            break
        attempted += 1
        if not _send(mail, server):
            # The state of the conversation is unknown now: the next mail gets a new one.
            break
        taken += 1
    return attempted, taken


def _send(mail: OutgoingMail, server: BaseEmailBackend) -> bool:
    try:
        if mail.attempts > MAX_ATTEMPTS:
            raise WorkerDied("every attempt ended with its worker")
        server.send_messages([mail.message()])
    except Exception as error:
        # Whatever is wrong with one mail must not keep the others.
        known = mail.mark_refused(timezone.now(), error)
        logger.warning("Email %s, attempt %s: %s", mail.pk, mail.attempts, type(error).__name__)
        sent = False
    else:
        known = mail.mark_sent(timezone.now())
        sent = True
    if not known:
        logger.error("Email %s took longer than its lease and may be sent twice", mail.pk)
    return sent


def _close(server: BaseEmailBackend) -> None:
    try:
        server.close()
    except OSError as error:
        logger.info("The mail server did not say goodbye: %s", error)
