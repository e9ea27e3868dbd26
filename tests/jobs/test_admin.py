"""The scheduled jobs in the admin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadportal.jobs.models import ScheduledJob
from tests.jobs.conftest import row_of
from tests.leads.triage_pages import said, text

LIST = "/admin/jobs/scheduledjob/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(superuser):
    client = Client()
    client.force_login(superuser)
    return client


def test_the_list_says_how_the_last_run_ended(registered, administrator):
    registered(lambda run: "")
    now = timezone.now()
    times = {"started_at": now - timedelta(seconds=2), "finished_at": now, "next_attempt_at": now}
    for changes, words in (
        ({}, "Not run yet"),
        (times | {"succeeded_at": now, "result": "7 deleted"}, "Succeeded"),
        (times | {"failures": 3, "last_error": "OSError: full"}, "Failed"),
        (
            {"started_at": now, "finished_at": None, "next_attempt_at": now + timedelta(hours=1)},
            "Running",
        ),
    ):
        ScheduledJob.objects.update(**changes)
        assert words in text(administrator.get(LIST))
        if words == "Succeeded":
            assert "7 deleted" in text(administrator.get(LIST))
            assert "2.0 s" in text(administrator.get(LIST))
        if words == "Failed":
            assert "OSError: full, 3 times in a row" in text(administrator.get(LIST))


def test_an_administrator_runs_a_job_before_its_time(registered, administrator):
    registered(lambda run: "")
    later = timezone.now() + timedelta(minutes=50)
    ScheduledJob.objects.update(due_at=later, next_attempt_at=later)

    data = {"action": "run_now", "_selected_action": [row_of().pk]}
    response = administrator.post(LIST, data)

    assert said(response) == ["Runs within a second: Job."]
    assert row_of().next_attempt_at <= timezone.now()


def test_a_running_job_is_not_started_twice(registered, administrator):
    registered(lambda run: "")
    row = ScheduledJob.objects.claim(timezone.now(), timedelta(minutes=10))

    data = {"action": "run_now", "_selected_action": [row.pk]}
    assert said(administrator.post(LIST, data)) == ["Runs within a second: None."]
    assert row_of().next_attempt_at == row.next_attempt_at


@pytest.mark.parametrize("role", ["sales_user", "finance_user"])
def test_only_administrators_see_jobs(client, request, role):
    client.force_login(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 403


def test_no_job_is_typed_in_or_changed(administrator, registered):
    registered(lambda run: "")
    assert administrator.get(f"{LIST}add/").status_code == 403
    assert administrator.post(f"{LIST}{row_of().pk}/change/", {"name": "x"}).status_code == 403
    assert administrator.post(f"{LIST}{row_of().pk}/delete/", {"post": "yes"}).status_code == 403
