"""The worker: each mail once, whatever the mail server says."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from leadportal.mail import worker
from leadportal.mail.jobs import DELETE_OLD
from leadportal.mail.models import LEASE, MAX_ATTEMPTS, PAUSE, OutgoingMail, delay_after
from tests.jobs.runs import run_of
from tests.mail.conftest import make_due
from tests.mail.fixtures import use_server

State = OutgoingMail.State


def seconds_from_now(moment) -> float:
    return (moment - timezone.now()).total_seconds()


@pytest.mark.database
def test_the_server_is_given_what_was_queued(queued, mail_server):
    [row] = queued("Won: Zażółć 東京")

    assert worker.send_due() == 1

    [message] = mail_server.received
    assert message["Subject"] == "Won: Zażółć 東京"
    assert message["To"] == "owner@brightside.example"
    assert message["Message-ID"] == row.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == row.queued_at.replace(microsecond=0)
    assert message.get_body(("plain",)).get_content().strip() == "Text of Won: Zażółć 東京"
    assert message.get_body(("html",)).get_content().strip() == "<p>HTML of Won: Zażółć 東京</p>"
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.SENT, 1, "")
    assert seconds_from_now(row.sent_at) == pytest.approx(0, abs=5)


@pytest.mark.database
def test_mail_is_sent_in_the_order_it_was_queued_and_once(queued, mail_server):
    subjects = [f"Mail {number}" for number in range(worker.MAILS_PER_CONNECTION + 3)]
    queued(*subjects)

    assert worker.send_due() == len(subjects)
    assert worker.send_due() == 0

    assert mail_server.subjects == subjects


def test_statements_per_mail_are_few(queued, mail_server, django_assert_num_queries):
    queued("One", "Two", "Three")

    # Whether any is due, before and after; for each mail the claim (a savepoint in this test's
    # transaction, a read, a write) and the mark; the last claim, which finds none.
    with django_assert_num_queries(2 + 3 * (4 + 1) + 3):
        worker.send_due()


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        pytest.param("RCPT", "451 graylisted", marks=pytest.mark.database),
        ("DATA", "452 disk full"),
        ("RCPT", "421 busy"),
    ],
)
def test_a_temporary_refusal_is_tried_again_later(queued, mail_server, verb, reply):
    [row] = queued("Patience")
    mail_server.replies = {verb: reply}

    assert worker.send_due() == 0

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.QUEUED, 1)
    assert reply in row.last_error
    assert seconds_from_now(row.next_attempt_at) == pytest.approx(60, abs=5)
    assert worker.send_due() == 0, "not before it is due"

    mail_server.replies = {}
    make_due()
    assert worker.send_due() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.SENT, 2, "")
    assert mail_server.received[0]["Message-ID"] == row.message_id


def test_delays_double_up_to_six_hours():
    minutes = [delay_after(attempts).total_seconds() / 60 for attempts in range(1, MAX_ATTEMPTS)]

    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert sum(minutes) / 60 == pytest.approx(20.5, abs=0.1)


def test_a_mail_that_is_refused_every_time_is_given_up_visibly(queued, mail_server):
    [row] = queued("Hopeless")
    mail_server.replies = {"RCPT": "451 not now"}

    for attempt in range(1, MAX_ATTEMPTS + 1):
        row.refresh_from_db()
        assert row.state == State.QUEUED, f"given up before attempt {attempt}"
        make_due()
        worker.send_due()

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, MAX_ATTEMPTS)
    assert row.last_error == "SMTPRecipientsRefused: 451 not now"
    make_due()
    assert worker.send_due() == 0


@pytest.mark.parametrize(
    ("verb", "reply"), [("RCPT", "550 no such mailbox"), ("DATA", "554 looks like spam")]
)
def test_a_final_refusal_is_not_tried_again(queued, mail_server, verb, reply):
    [row] = queued("Refused")
    mail_server.replies = {verb: reply}

    worker.send_due()

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, 1)
    assert reply in row.last_error


def test_a_refused_sender_is_a_setting_to_correct_and_no_final_refusal(queued, mail_server):
    [row] = queued("From us")
    mail_server.replies = {"MAIL": "550 you are not the portal"}

    worker.send_due()

    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.QUEUED, 1)


@pytest.mark.database
def test_one_refused_mail_does_not_keep_the_others(queued, mail_server):
    queued("First", "Second", "Third")
    mail_server.replies = {"Second": "554 looks like spam"}

    assert worker.send_due() == 2

    assert mail_server.subjects == ["First", "Third"]
    assert OutgoingMail.objects.get(state=State.FAILED).subject == "Second"


def test_a_mail_that_cannot_be_written_does_not_keep_the_others(queued, mail_server):
    broken, _ = queued("Broken", "Whole")
    OutgoingMail.objects.filter(pk=broken.pk).update(subject="Broken\nin two")

    assert worker.send_due() == 1

    assert mail_server.subjects == ["Whole"]
    broken.refresh_from_db()
    assert broken.state == State.QUEUED
    assert "newline" in broken.last_error or "linefeed" in broken.last_error


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param("refused", marks=pytest.mark.database),
        "busy",
        "password",
    ],
)
def test_a_server_that_cannot_be_reached_delays_all_mail_and_uses_up_no_attempt(
    queued, mail_server, settings, trouble
):
    queued("First", "Second")
    if trouble == "refused":
        use_server(settings, 1)
    elif trouble == "busy":
        mail_server.replies = {"CONNECT": "421 too many connections"}
    else:
        use_server(settings, mail_server.port, username="portal", password="wrong")
        mail_server.replies = {"AUTH": "535 wrong password"}

    assert worker.send_due() == 0

    for row in OutgoingMail.objects.all():
        assert (row.state, row.attempts) == (State.QUEUED, 0)
        assert row.last_error
        assert seconds_from_now(row.next_attempt_at) == pytest.approx(PAUSE.total_seconds(), abs=5)

    mail_server.replies = {}
    use_server(settings, mail_server.port)
    make_due()
    assert worker.send_due() == 2
    assert mail_server.subjects == ["First", "Second"]


@pytest.mark.database
def test_a_claimed_mail_is_nobody_elses_until_the_lease_runs_out(queued):
    queued("Mine")
    now = timezone.now()

    mine = OutgoingMail.objects.claim(now, LEASE)

    assert mine is not None
    assert OutgoingMail.objects.claim(now + LEASE - timedelta(seconds=1), LEASE) is None
    theirs = OutgoingMail.objects.claim(now + LEASE, LEASE)
    assert theirs == mine
    assert theirs.attempts == 2


@pytest.mark.database
def test_a_worker_that_lost_its_mail_does_not_change_it(queued):
    queued("Mine")
    now = timezone.now()
    late = OutgoingMail.objects.claim(now, LEASE)
    successor = OutgoingMail.objects.claim(now + LEASE, LEASE)

    assert not late.mark_refused(now, TimeoutError("timed out"))
    assert not late.mark_sent(now)
    assert successor.mark_sent(now)

    row = OutgoingMail.objects.get()
    assert (row.state, row.last_error) == (State.SENT, "")


@pytest.mark.database
def test_a_mail_that_kills_its_workers_is_given_up_unsent(queued, mail_server):
    [row] = queued("Poison")
    for _ in range(MAX_ATTEMPTS):
        make_due()
        assert OutgoingMail.objects.claim(timezone.now(), LEASE) is not None

    make_due()
    assert worker.send_due() == 0

    row.refresh_from_db()
    assert row.state == State.FAILED
    assert row.last_error == "WorkerDied: every attempt ended with its worker"
    assert mail_server.received == []


@pytest.mark.database
def test_failed_mail_sent_again_has_all_its_attempts(queued, mail_server):
    failed, sent = queued("Failed", "Sent")
    now = timezone.now()
    OutgoingMail.objects.filter(pk=failed.pk).update(state=State.FAILED, attempts=MAX_ATTEMPTS)
    OutgoingMail.objects.filter(pk=sent.pk).update(state=State.SENT, sent_at=now)

    assert OutgoingMail.objects.resend(now) == 1
    assert worker.send_due() == 1

    assert mail_server.subjects == ["Failed"]
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (State.SENT, 1)


@pytest.mark.database
def test_the_database_refuses_to_send_twice(queued):
    queued("Once")
    OutgoingMail.objects.update(state=State.SENT, sent_at=timezone.now())

    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
        OutgoingMail.objects.update(state=State.QUEUED, sent_at=None)
    with pytest.raises(IntegrityError, match="mail_sent_has_its_time"), transaction.atomic():
        OutgoingMail.objects.update(sent_at=None)


@pytest.mark.database
def test_old_mail_is_deleted_except_what_is_still_to_be_sent(queued, settings):
    settings.MAIL_RETENTION_DAYS = 30
    rows = queued("old sent", "old failed", "old queued", "young sent")
    now = timezone.now()
    for row in rows:
        age, state = row.subject.split()
        row.state = state
        row.sent_at = now if state == "sent" else None
        row.queued_at = now - timedelta(days=31 if age == "old" else 29)
        row.save()

    assert DELETE_OLD.work(run_of()) == "2 deleted"

    assert {row.subject for row in OutgoingMail.objects.all()} == {"old queued", "young sent"}


@pytest.mark.database
def test_any_number_of_old_mails_is_deleted(queued, settings, monkeypatch):
    monkeypatch.setattr("leadportal.mail.models.DELETED_AT_ONCE", 2)
    settings.MAIL_RETENTION_DAYS = 0
    queued(*"ABCDE")
    OutgoingMail.objects.update(state=State.FAILED)

    assert DELETE_OLD.work(run_of()) == "5 deleted"
