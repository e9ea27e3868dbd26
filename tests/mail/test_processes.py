"""Real workers, side by side and dying: threads and processes on the database under test."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from leadportal.mail import worker
from leadportal.mail.models import OutgoingMail
from leadportal.partners.models import Partner
from tests.mail.conftest import make_due
from tests.mail.fixtures import use_server
from tests.mail.smtp import SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30
State = OutgoingMail.State


def _database_url() -> str:
    """Return the address of the database under test, for a process of its own."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    if of["HOST"].startswith("/"):
        return f"postgres://{of['USER']}@/{of['HOST']}/{of['NAME']}"
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


@pytest.fixture
def start_worker(mail_server: SmtpServer) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `manage.py worker` with these arguments; none outlives the test."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": _database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, Path(settings.BASE_DIR, "manage.py"), "worker", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.mark.database
def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_one_mail_at_most(
    queued, mail_server, start_worker
):
    rows = queued("One", "Two", "Three", "Four")
    mail_server.hold_after(2)
    doomed = start_worker("--once")
    wait_until(lambda: mail_server.arrived == ["One", "Two", "Three"])

    # The server takes the third mail, and its word never reaches the worker.
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    mail_server.let_go()
    wait_until(lambda: len(mail_server.received) == 3)

    in_hand = OutgoingMail.objects.get(subject="Three")
    assert (in_hand.state, in_hand.attempts) == (State.QUEUED, 1)
    assert OutgoingMail.objects.filter(state=State.SENT).count() == 2
    assert worker.send_due() == 1, "the rest does not wait for the dead"
    assert mail_server.subjects == ["One", "Two", "Three", "Four"]

    assert worker.send_due() == 0, "the lease still runs"
    make_due()
    assert worker.send_due() == 1, "it has run out"
    assert mail_server.subjects == ["One", "Two", "Three", "Four", "Three"]
    twice = [mail["Message-ID"] for mail in mail_server.received if mail["Subject"] == "Three"]
    assert twice == [rows[2].message_id] * 2
    assert not OutgoingMail.objects.exclude(state=State.SENT).exists()


def test_a_stopping_worker_finishes_the_current_email(queued, mail_server, start_worker):
    queued("In hand", "Next")
    mail_server.hold_after(0)
    process = start_worker()
    wait_until(lambda: mail_server.arrived == ["In hand"])

    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert process.poll() is None
    mail_server.let_go()

    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert mail_server.subjects == ["In hand"]
    assert list(OutgoingMail.objects.order_by("pk").values_list("subject", "state")) == [
        ("In hand", State.SENT),
        ("Next", State.QUEUED),
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_worker_sends_at_once_what_is_queued_later_and_stops_on_a_signal(
    queued, mail_server, start_worker, number
):
    queued("Before")
    process = start_worker()
    wait_until(lambda: mail_server.subjects == ["Before"])
    queued_at = timezone.now()

    queued("Later")

    wait_until(lambda: OutgoingMail.objects.filter(state=State.SENT).count() == 2)
    later = OutgoingMail.objects.get(subject="Later")
    assert (later.sent_at - queued_at).total_seconds() < 3

    process.send_signal(number)

    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output


def test_once_sends_what_is_due_and_exits(queued, mail_server, start_worker):
    queued("One", "Two")

    process = start_worker("--once")
    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, output
    assert mail_server.subjects == ["One", "Two"]


@pytest.mark.database
def test_workers_side_by_side_send_each_mail_once(queued, mail_server):
    subjects = [f"Mail {number}" for number in range(40)]
    queued(*subjects)
    start = threading.Barrier(4)
    sent: list[int] = []

    def work() -> None:
        start.wait()
        try:
            sent.append(worker.send_due())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sorted(mail_server.subjects) == sorted(subjects)
    assert sum(sent) == 40
    assert OutgoingMail.objects.filter(state=State.SENT, attempts=1).count() == 40


def test_a_hanging_server_blocks_no_other_writer(queued, mail_server, settings):
    use_server(settings, mail_server.port, timeout=2)
    queued("Stuck")
    mail_server.hold_after(0)

    def work() -> None:
        try:
            worker.send_due()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: mail_server.arrived == ["Stuck"])
    begun = time.monotonic()
    for number in range(20):
        Partner.objects.create(name=f"Partner {number}")
    took = time.monotonic() - begun
    assert thread.is_alive(), "the server still keeps the worker waiting"
    assert took < 1

    thread.join(PATIENCE)
    row = OutgoingMail.objects.get()
    assert (row.state, row.attempts) == (State.QUEUED, 1)
    assert "timed out" in row.last_error
