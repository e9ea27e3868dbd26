"""Each job runs once for each due time, whatever happens to workers and clocks."""

import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from leadportal.jobs import registry, worker
from leadportal.jobs.models import LEASE, LONGEST_DELAY, ScheduledJob, delay_after
from leadportal.jobs.registry import Job
from tests.jobs.conftest import HOURLY, make_due, row_of
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.mark.database
def test_a_due_job_runs_once_and_is_due_again_at_its_next_time(registered):
    runs = []
    registered(lambda run: runs.append(run.due_at) or "2 deleted")
    due_at = row_of().due_at

    assert worker.run_due() == 1
    assert worker.run_due() == 0

    assert runs == [due_at]
    row = row_of()
    assert row.due_at == row.next_attempt_at == HOURLY.after(timezone.now())
    assert (row.result, row.last_error, row.failures) == ("2 deleted", "", 0)
    assert row.started_at <= row.finished_at == row.succeeded_at
    assert not row.is_running
    assert row.duration >= timedelta(0)


def test_a_job_that_was_due_several_times_while_no_worker_ran_runs_once(registered):
    runs = []
    registered(lambda run: runs.append(1) or "")
    long_ago = timezone.now() - timedelta(days=9)
    ScheduledJob.objects.update(due_at=long_ago, next_attempt_at=long_ago)

    assert worker.run_due() == 1
    assert runs == [1]
    assert row_of().due_at > timezone.now()


@pytest.mark.database
def test_a_job_that_fails_is_recorded_and_tried_again_for_the_same_time(registered, caplog):
    outcomes = [RuntimeError("no room"), RuntimeError("still no room"), None]

    def work(run):
        error = outcomes.pop(0)
        if error:
            raise error
        return "done"

    registered(work)
    due_at = row_of().due_at
    for failures, words in ((1, "no room"), (2, "still no room")):
        before = timezone.now()
        with caplog.at_level(logging.CRITICAL, "leadportal.jobs.worker"):
            assert worker.run_due() == 0
        row = row_of()
        assert (row.due_at, row.failures) == (due_at, failures)
        assert row.last_error == f"RuntimeError: {words}"
        assert row.next_attempt_at >= before + delay_after(failures)
        assert row.succeeded_at is None
        ScheduledJob.objects.update(next_attempt_at=timezone.now())

    assert worker.run_due() == 1
    row = row_of()
    assert (row.failures, row.last_error, row.result) == (0, "", "done")


@pytest.mark.database
def test_an_error_in_words_that_no_database_stores_is_recorded_too(registered, caplog):
    def work(run):
        raise OSError("no\x00 file \udcff")

    registered(work)
    with caplog.at_level(logging.CRITICAL, "leadportal.jobs.worker"):
        assert worker.run_due() == 0
    assert row_of().last_error == "OSError: no file ?"


def test_delays_double_up_to_an_hour():
    minutes = [delay_after(failures) // timedelta(minutes=1) for failures in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_after(10_000) == LONGEST_DELAY


def test_one_job_that_fails_does_not_keep_the_others(registered, caplog):
    def fail(run):
        raise RuntimeError("broken")

    registered(fail, name="first")
    runs = []
    registered(lambda run: runs.append(1) or "", name="second")
    with caplog.at_level(logging.CRITICAL, "leadportal.jobs.worker"):
        assert worker.run_due() == 1
    assert runs == [1]


@pytest.mark.database
def test_a_dead_workers_job_is_taken_over_after_the_lease(registered):
    runs = []
    registered(lambda run: runs.append(run.due_at) or "")
    now, due_at = timezone.now(), row_of().due_at
    dead = ScheduledJob.objects.claim(now, LEASE)
    assert row_of().is_running

    assert worker.run_due() == 0, "the lease still runs"
    ScheduledJob.objects.update(next_attempt_at=now)
    assert worker.run_due() == 1
    assert runs == [due_at]

    assert not dead.succeed(timezone.now(), "late", timezone.now())
    assert not dead.fail(timezone.now(), RuntimeError("late"))
    assert not dead.renew(timezone.now())
    assert row_of().result == ""


def test_a_long_job_renews_its_lease_and_ends_on_request(registered):
    leases, stopping = [], []

    def work(run):
        while run.renew():
            leases.append(row_of().next_attempt_at)
            stopping.extend([1] if len(leases) == 2 else [])
        return f"{len(leases)} steps"

    registered(work)
    assert worker.run_due(lambda: bool(stopping)) == 1
    assert len(leases) == 2
    assert leases[0] < leases[1]
    assert row_of().result == "2 steps"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_run_each_due_time_once(registered):
    runs = []
    for number in range(5):
        registered(lambda run, number=number: runs.append(number) or "", name=f"job{number}")

    race(4, lambda _: worker.run_due())

    assert sorted(runs) == list(range(5))


@pytest.mark.database
def test_a_clock_that_was_ahead_delays_no_job(registered):
    registered(lambda run: "")
    ahead = timezone.now() + timedelta(days=400)
    ScheduledJob.objects.update(due_at=ahead, next_attempt_at=ahead)

    worker.look_at_clock()

    assert row_of().due_at == row_of().next_attempt_at == HOURLY.after(timezone.now())


def test_what_is_due_or_in_hand_is_left_to_its_time(registered):
    registered(lambda run: "")
    for moment in (timezone.now() - timedelta(days=3), timezone.now() + LEASE):
        ScheduledJob.objects.update(next_attempt_at=moment)
        worker.look_at_clock()
        assert row_of().next_attempt_at == moment


def test_a_new_job_waits_for_its_first_time_and_a_removed_one_is_not_run(registered):
    job = Job("new", "New", HOURLY, lambda run: "")
    registered(lambda run: "")
    registry.register(job)
    worker.look_at_clock()
    assert row_of("new").due_at > timezone.now()

    registry.unregister(job)
    make_due("new")
    assert worker.run_due() == 1  # the other one
    assert row_of("new").attempts == 0


def test_two_jobs_cannot_share_a_name(registered):
    registered(lambda run: "")
    with pytest.raises(ValueError, match="another job called job"):
        registry.register(Job("job", "Other", HOURLY, lambda run: ""))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_database_that_cannot_be_used(registered, monkeypatch, caplog):
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0)
    calls = []

    def failing_once(stopping):
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("database is locked")

    registered(lambda run: "")
    registry.register_queue(failing_once)
    with caplog.at_level(logging.CRITICAL, "leadportal.jobs.worker"):
        worker.run(lambda: row_of().succeeded_at is not None)

    assert len(calls) == 2


@pytest.mark.database
def test_the_nightly_jobs_delete_expired_sessions(client, partner_user, settings):
    from django.contrib.sessions.models import Session

    client.force_login(partner_user)
    Session.objects.create(session_key="old", expire_date=timezone.now() - timedelta(days=1))
    call_command("worker", "--once")
    assert Session.objects.filter(session_key="old").exists(), "it is not due yet"

    make_due("delete_expired_sessions")
    call_command("worker", "--once")

    assert not Session.objects.filter(session_key="old").exists()
    assert Session.objects.count() == 1
    assert row_of("delete_expired_sessions").succeeded_at


def test_every_registered_job_has_its_row_after_migrating():
    names = set(ScheduledJob.objects.values_list("name", flat=True))
    assert {"delete_old_emails", "delete_expired_sessions"} <= names
    assert names == {job.name for job in registry.jobs()}
