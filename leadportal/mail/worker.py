"""Sends queued emails. Any number of workers may run, on any number of machines.

No transaction is open while a worker talks to the mail server: a server that hangs blocks nobody. A
worker that dies leaves one email unfinished; another takes it over when the lease has ended.
"""

import logging
from collections.abc import Callable

from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from leadportal.mail.failures import WorkerDied
from leadportal.mail.models import LEASE, MAX_ATTEMPTS, OutgoingMail
from leadportal.mail.transport import transport

logger = logging.getLogger(__name__)

# Mail servers limit how many emails they take per connection.
MAILS_PER_CONNECTION = 50


def send_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, one email at a time, and return how many the server has accepted."""
    sent = 0
    while not stopping() and OutgoingMail.objects.due(timezone.now()).exists():
        attempted, taken = _send_batch(stopping)
        sent += taken
        if not attempted:
            break
    return sent


def _send_batch(stopping: Callable[[], bool]) -> tuple[int, int]:
    """Send over one connection; return how many emails were attempted and how many accepted."""
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
        mail = OutgoingMail.objects.claim(timezone.now(), LEASE)
        if mail is None:
            break
        attempted += 1
        if not _send(mail, server):
            # The state of the connection is unknown now: the next email gets a new one.
            break
        taken += 1
    return attempted, taken


def _send(mail: OutgoingMail, server: BaseEmailBackend) -> bool:
    try:
        if mail.attempts > MAX_ATTEMPTS:
            raise WorkerDied("every attempt ended with its worker")
        server.send_messages([mail.message()])
    except Exception as error:
        # An error with one email must not stop the others.
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
        logger.info("The mail server did not close the connection properly: %s", error)
