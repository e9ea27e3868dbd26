"""More leads than one request decides: step after step, to be stopped, and never twice."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadportal.ui import bulk_progress
from leadportal.ui.bulk import BulkView
from leads import decisions
from leads.models import Lead, LeadCount, LeadEvent
from leads.status import Status
from tests.factories import LeadFactory, UserFactory
from tests.leads.triage_pages import QUEUE, WORDS, confirm, run_action, said, text
from tests.past_guards import past_guards
from tests.worlds import made_once


@pytest.fixture(autouse=True)
def step(monkeypatch):
    """Steps of two leads."""
    monkeypatch.setattr(BulkView, "step", 2)


@made_once
def kept():
    return make_leads(UserFactory(), 5)


@pytest.fixture
def leads(made):
    """Five submitted leads, the one that has waited longest first and the newest row last."""
    return made


def make_leads(user, count):
    now = timezone.now()
    return [
        LeadFactory(
            partner=user.partner,
            submitted_by=user,
            company_name=f"Company {number}",
            submitted_at=now - timedelta(days=count - number),
        )
        for number in range(count)
    ]


def begin(sales, leads, query=""):
    """Choose all that the filters hold and decide the first step."""
    between = run_action(sales, "approve_selected", leads[:1], query, select_across="1")
    return confirm(sales, between, note="All of them.")


def go_on(sales, shown, **headers):
    """Post what the page of a step carries, as its button and htmx do."""
    return confirm(sales, shown, form='<form id="step"', headers=headers)


QUERIES = 16  # of a step, the list's own among them


def approved():
    return Lead.objects.filter(status=Status.APPROVED).count()


def test_the_page_between_says_that_it_goes_in_steps(sales, leads):
    between = run_action(sales, "approve_selected", leads[:1], select_across="1")

    assert "5 leads will become Approved for further review." in text(between)
    assert "This is done in steps of 2" in text(between)
    assert "You can stop after any step" in text(between)
    assert approved() == 0


def test_as_many_as_one_step_are_decided_at_once(sales, leads):
    between = run_action(sales, "approve_selected", leads[:2])

    assert "in steps of" not in text(between)
    assert confirm(sales, between).url == QUEUE


@pytest.mark.database
def test_each_post_decides_one_step_and_shows_how_far_it_has_come(sales, sales_user, leads, outbox):
    first = begin(sales, leads)
    assert first.status_code == 200
    assert "2 of 5 leads processed: 2 are now Approved for further review, 0 were" in (text(first))
    assert re.search(r'<progress [^>]*value="2" max="5"', first.content.decode())
    # The longest waiting first
    assert [lead.status for lead in Lead.objects.order_by("submitted_at")] == (
        ["approved"] * 2 + ["submitted"] * 3
    )
    assert outbox.count() == 2

    second = go_on(sales, first)
    assert "4 of 5 leads processed: 4 are now" in text(second)

    last = go_on(sales, second)
    assert last.url == QUEUE
    assert said(last)[-1] == (
        "5 leads are now Approved for further review. "
        "No other lead in this list waits for a decision."
    )
    assert approved() == outbox.count() == 5
    moved = LeadEvent.objects.filter(kind="moved").select_related("text")
    assert {(event.actor, event.text.message, event.text.note) for event in moved} == {
        (sales_user, WORDS, "All of them.")
    }
    assert LeadCount.objects.get(partner=leads[0].partner, status="approved").count == 5


@pytest.mark.database
def test_leads_sent_at_the_same_moment_are_each_decided(sales, leads):
    with past_guards():
        Lead.objects.update(submitted_at=leads[0].submitted_at)

    go_on(sales, go_on(sales, begin(sales, leads)))

    assert approved() == 5


def test_who_stops_leaves_the_rest_as_it_was(sales, leads):
    first = begin(sales, leads, "?meets_criteria__exact=1&p=2")

    assert f'<a href="{QUEUE}?meets_criteria__exact=1">Stop and go back' in first.content.decode()
    assert approved() == 2


def test_who_came_in_meanwhile_is_not_decided(sales, leads):
    first = begin(sales, leads)
    late = LeadFactory(company_name="Late", submitted_at=timezone.now() - timedelta(hours=1))

    last = go_on(sales, go_on(sales, first))

    assert "5 leads are now" in said(last)[-1]
    assert Lead.objects.get(pk=late.pk).status == Status.SUBMITTED


@pytest.mark.database
def test_a_step_sent_twice_decides_nothing_twice(sales, leads, outbox):
    first = begin(sales, leads)

    go_on(sales, first)
    last = go_on(sales, first)

    assert approved() == outbox.count() == 5
    assert LeadEvent.objects.filter(kind="moved").count() == 5
    assert "3 of 5 leads decided" in text(last)
    assert "2 of the leads on the page are no longer in the filtered list" in text(last)


def test_the_decided_of_a_filter_are_passed_over_once_and_named(sales, superuser, leads):
    decide(superuser, leads[1:3])

    last = go_on(sales, go_on(sales, begin(sales, leads, "?status=all")))

    report = text(last)
    assert "3 of 5 leads decided" in report
    assert "Not changed: 2" in report
    for lead in leads[1:3]:
        assert f"{lead.company_name} {lead.reference}" in report
    assert report.count("Already decided: Rejected, by Ada Admin on") == 2
    assert LeadEvent.objects.filter(kind="moved").count() == 5


def test_of_many_that_did_not_move_the_first_are_named(sales, superuser, leads, monkeypatch):
    monkeypatch.setattr(bulk_progress, "REPORTED", 1)
    decide(superuser, leads[:3])

    last = go_on(sales, go_on(sales, begin(sales, leads, "?status=all")))

    report = text(last)
    assert "Not changed: 3" in report
    assert report.count("Already decided") == 1
    assert "and 2 more" in report


def test_htmx_gets_the_report_in_place_of_the_page(sales, superuser, leads):
    decide(superuser, leads[:1])
    htmx = {"HX-Request": "true"}

    second = go_on(sales, begin(sales, leads, "?status=all"), **htmx)
    last = go_on(sales, second, **htmx)

    assert "HX-Retarget" not in second
    assert 'hx-select="#step"' in second.content.decode()
    assert last["HX-Retarget"] == last["HX-Reselect"] == "#content"


def test_htmx_leaves_for_the_list_when_all_have_moved(sales, leads):
    last = go_on(sales, go_on(sales, begin(sales, leads)), **{"HX-Request": "true"})

    assert last["HX-Redirect"] == QUEUE


@pytest.mark.database
def test_a_forged_progress_decides_only_what_may_be_decided(sales, leads):
    first = begin(sales, leads)

    for forged in "nonsense", "-1", "9" * 30:
        counts = {"after": forged, "done": forged, "seen": forged, "problem": forged}
        confirm(sales, first, form='<form id="step"', **counts)

    assert approved() == 5
    assert LeadEvent.objects.filter(kind="moved").count() == 5


def test_the_permission_to_decide_is_checked_at_every_step(sales, sales_user, leads):
    first = begin(sales, leads)
    sales_user.groups.clear()

    go_on(sales, first)

    assert approved() == 2


def test_queries_of_a_step_do_not_grow_with_the_leads(sales, partner_user, monkeypatch):
    counted = []
    for size in 2, 5:
        monkeypatch.setattr(BulkView, "step", size)
        leads = make_leads(partner_user, 3 * size)
        first = begin(sales, leads, f"?partner_id={partner_user.partner_id}")
        with CaptureQueriesContext(connection) as queries:
            second = go_on(sales, first)
        counted.append(len(queries))
        assert f"{2 * size} of {3 * size} leads processed" in text(second)
        go_on(sales, second)

    assert counted == [QUERIES, QUERIES]


def decide(user, leads):
    chosen = Lead.objects.filter(pk__in=[lead.pk for lead in leads])
    words = decisions.Decision(to=Status.REJECTED, message="First.", reason="duplicate")
    decisions.decide(chosen, words, user)
