"""Many leads at once: the page between, one decision, and a report row by row."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadportal.ui import bulk
from leads.decisions import Decision, decide
from leads.models import Lead, LeadEvent
from leads.status import Status
from tests.factories import LeadFactory, PartnerFactory, UserFactory
from tests.leads.triage_pages import (
    QUEUE,
    WORDS,
    address,
    confirm,
    run_action,
    said,
    text,
    words,
)
from tests.sessions import sign_in
from tests.worlds import made_once

APPROVE = f"{QUEUE}approve/"  # the page of leads chosen in the list


@made_once
def kept():
    partner = PartnerFactory(name="Brightside Consulting", domain="brightside.example")
    owner = UserFactory(partner=partner)
    return [
        LeadFactory(
            partner=partner,
            submitted_by=owner,
            company_name=name,
            submitted_at=timezone.now() - timedelta(days=days),
        )
        for name, days in (("Acme", 3), ("Globex", 2), ("Initech", 1))
    ]


@pytest.fixture
def leads(made):
    """Three submitted leads, the oldest first."""
    return made


@pytest.fixture
def partner(leads):
    return leads[0].partner


def statuses(leads):
    found = dict(
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).values_list("pk", "status")
    )
    return [found[lead.pk] for lead in leads]


def test_the_page_between_names_the_leads_and_the_mail_and_decides_nothing(sales, leads, outbox):
    between = run_action(sales, "approve_selected", leads)

    shown = text(between)
    assert between.status_code == 200
    assert "3 leads will become Approved for further review." in shown
    for name in ("Acme", "Globex", "Initech", "Brightside Consulting"):
        assert name in shown
    assert "Email to the partner" in shown
    assert f"your lead Acme ({leads[0].reference})" in shown
    assert "This fits what we look for." in shown
    assert statuses(leads) == ["submitted"] * 3
    assert not outbox.exists()


@pytest.mark.database
def test_one_decision_approves_each(sales, sales_user, leads, outbox):
    between = run_action(sales, "approve_selected", leads)

    response = confirm(sales, between, note="All three.")

    assert response.url == QUEUE
    assert said(response) == [
        "3 leads are now Approved for further review. "
        "No other lead in this list waits for a decision."
    ]
    assert statuses(leads) == ["approved"] * 3
    events = LeadEvent.objects.filter(kind="moved").select_related("text")
    assert {(event.actor, event.text.message, event.text.note) for event in events} == {
        (sales_user, WORDS, "All three.")
    }
    assert sorted(mail.subject.partition(" was")[0] for mail in outbox) == [
        "Acme",
        "Globex",
        "Initech",
    ]


def test_rejecting_asks_for_a_reason(sales, leads):
    between = run_action(sales, "reject_selected", leads)
    assert "This is final." in text(between)

    refused = confirm(sales, between)
    assert "Choose a reason." in text(refused)
    assert statuses(leads) == ["submitted"] * 3

    confirm(sales, refused, reason="below_criteria")
    assert statuses(leads) == ["rejected"] * 3
    moved = LeadEvent.objects.filter(kind="moved")
    assert set(moved.values_list("reason", flat=True)) == {"below_criteria"}


def test_one_lead_is_spoken_of_as_one(sales, leads):
    between = run_action(sales, "approve_selected", leads[:1])
    assert "Approve 1 lead" in text(between)
    assert "1 lead will become" in text(between)

    response = confirm(sales, between)
    assert said(response) == [
        "1 lead is now Approved for further review. Next in the queue: Globex"
    ]


@pytest.mark.database
def test_the_report_names_row_by_row_what_was_decided_and_what_was_not(
    sales, superuser, leads, outbox, client
):
    between = run_action(sales, "approve_selected", leads)
    decide_one(superuser, leads[1], "reject")
    outbox.all().delete()

    report = confirm(sales, between)

    assert report.status_code == 200
    shown = text(report)
    assert "2 of 3 leads decided" in shown
    assert "Not changed: 1" in shown
    problem = shown[shown.index("Not changed") : shown.index("Now Approved")]
    assert f"Globex {leads[1].reference} Brightside Consulting Already decided: Rejected" in problem
    assert "by Ada Admin on" in problem
    assert "Acme" not in problem
    moved = shown[shown.index("Now Approved for further review: 2") :]
    assert "Acme" in moved
    assert "Initech" in moved
    assert statuses(leads) == ["approved", "rejected", "approved"]
    assert outbox.count() == 2


def test_the_page_between_can_be_opened_again(sales, partner_user, leads):
    filters = "?q=acme&status=submitted&p=2"
    for across in "0", "1":
        chosen = leads[:1]
        between = run_action(sales, "approve_selected", chosen, filters, select_across=across)
        again = sales.get(between.context["view"].here)
        assert text(again) == text(between)
        refused = confirm(sales, again, message="")
        assert refused.request["PATH_INFO"] == APPROVE
        assert between.context["view"].list_url == f"{QUEUE}?q=acme&status=submitted"
    assert sales.get(APPROVE).url == QUEUE
    assert said(sales.get(APPROVE))[-1] == "Choose at least one lead."


def test_of_a_mixed_choice_those_that_can_be_decided_are(sales, partner_user, leads):
    won, rejected = (
        LeadFactory(partner=partner_user.partner, company_name=status.label, status=status)
        for status in (Status.WON, Status.REJECTED)
    )

    between = run_action(sales, "approve_selected", [*leads, won, rejected], "?status=all")

    assert "3 leads will become Approved for further review." in text(between)
    assert "2 of the chosen leads will not change:" in text(between)
    assert f"Won {won.reference}: Already decided: Won, by" in text(between)
    report = text(confirm(sales, between))
    assert "3 of 5 leads decided" in report
    problems = report[report.index("Not changed: 2") : report.index("Now Approved")]
    assert f"Won {won.reference} Brightside Consulting Already decided: Won" in problems
    assert f"Rejected {rejected.reference} Brightside Consulting Already decided" in problems
    assert statuses([*leads, won, rejected]) == ["approved"] * 3 + ["won", "rejected"]


def test_choosing_only_decided_leads_shows_the_conflict_at_once(sales, partner_user):
    won = LeadFactory(partner=partner_user.partner, status=Status.WON)

    response = run_action(sales, "reject_selected", [won], "?status=all")

    assert response.url == f"{QUEUE}?status=all"
    assert "Already decided: Won" in said(response)[0]


def test_a_second_press_reports_that_all_is_done(sales, leads):
    between = run_action(sales, "approve_selected", leads)

    confirm(sales, between)
    report = text(confirm(sales, between))

    assert "0 of 3 leads decided" in report
    assert report.count("Already decided: Approved for further review, by Sally Sales on") == 3
    assert "Nothing was changed, and no partner was notified." in report
    assert LeadEvent.objects.filter(kind="moved").count() == 3


@pytest.mark.database
def test_all_of_a_filter_go_through_the_filter_and_not_through_the_form(sales, leads, monkeypatch):
    monkeypatch.setattr(bulk, "NAMED", 2)
    small = [
        LeadFactory(company_name=f"Small {n}", employees="1-50", lines=(("livechat", "team", 1),))
        for n in range(6)
    ]
    query = "?meets_criteria__exact=0"

    between = run_action(sales, "reject_selected", small[:3], query, select_across="1")

    assert "up_to=" in between.context["view"].here
    assert "selected=" not in between.context["view"].here
    assert "6 leads will become Rejected." in text(between)
    assert "and 4 more" in text(between)
    response = confirm(sales, between, reason="below_criteria")
    assert response.url == QUEUE + query
    assert statuses(small) == ["rejected"] * 6
    assert statuses(leads) == ["submitted"] * 3


@pytest.mark.parametrize(
    ("query", "is_offered"),
    [
        ("", True),
        ("?status=submitted", True),
        ("?status=all", True),
        ("?q=acme", True),
        *((f"?status={status}", False) for status in ("approved", "won", "lost", "rejected")),
    ],
)
def test_list_offers_what_its_status_allows(sales, partner, leads, query, is_offered):
    for status in Status:
        LeadFactory(partner=partner, status=status)

    html = sales.get(QUEUE + query).content.decode()

    assert ('value="approve_selected"' in html) is is_offered
    assert ('value="reject_selected"' in html) is is_offered
    assert ('name="_selected_action"' in html) is is_offered


def test_typed_words_stay_where_all_of_the_filter_were_decided_meanwhile(sales, superuser, leads):
    between = run_action(sales, "reject_selected", leads, select_across="1")
    for lead in leads:
        decide_one(superuser, lead, "approve")

    htmx = {"HX-Request": "true"}
    preview = confirm(sales, between, do="preview", headers=htmx, note="Typed for long.")
    assert "HX-Redirect" not in preview
    assert "What you typed is still here" in text(preview)
    assert 'name="note"' not in preview.content.decode()

    page = confirm(sales, between, do="preview", note="Typed for long.")
    assert page.status_code == 409
    assert "Typed for long." in page.content.decode()
    assert 'value="decide"' not in page.content.decode()


def test_the_button_comes_before_the_leads(sales, leads):
    html = run_action(sales, "approve_selected", leads).content.decode()

    assert html.index('value="decide"') < html.index('<ul class="named-leads"')


def test_all_of_a_search(sales, leads):
    between = run_action(sales, "approve_selected", leads[:1], "?q=globex", select_across="1")

    confirm(sales, between)

    assert statuses(leads) == ["submitted", "approved", "submitted"]


@pytest.mark.database
def test_who_came_in_since_the_page_was_shown_is_not_decided(sales, leads):
    between = run_action(sales, "approve_selected", leads, select_across="1")
    late = LeadFactory(company_name="Unseen", submitted_at=timezone.now() - timedelta(days=9))

    confirm(sales, between)

    assert statuses([*leads, late]) == ["approved"] * 3 + ["submitted"]


def test_who_was_decided_since_the_page_was_shown_is_counted(sales, superuser, leads):
    between = run_action(sales, "approve_selected", leads, select_across="1")
    decide_one(superuser, leads[0], "reject")

    report = text(confirm(sales, between))

    assert "2 of 3 leads decided" in report
    assert "1 of the leads on the page is no longer in the filtered list" in report
    assert statuses(leads) == ["rejected", "approved", "approved"]


@pytest.mark.database
def test_a_forged_boundary_widens_nothing(sales, leads):
    for forged in "nonsense", "²", "9" * 30, "":
        sales.post(f"{APPROVE}?up_to={forged}&_changelist_filters=q%3Dacme", words(seen=forged))
        sales.post(f"{APPROVE}?up_to={forged}&_changelist_filters=submitted_at__year%3D{forged}")
    assert statuses(leads) == ["submitted"] * 3

    sales.post(f"{APPROVE}?up_to={leads[-1].pk + 9}&_changelist_filters=q%3Dacme", words())
    assert statuses(leads) == ["approved", "submitted", "submitted"]


def test_more_than_twenty_five_are_named_by_number(sales, leads, monkeypatch):
    assert bulk.NAMED == 25
    monkeypatch.setattr(bulk, "NAMED", 2)

    shown = text(run_action(sales, "approve_selected", leads))

    assert "Globex" in shown
    assert "Initech" not in shown
    assert "and 1 more" in shown


def test_the_message_is_typed_once_and_the_preview_follows(sales, leads):
    between = run_action(sales, "approve_selected", leads)

    refreshed = confirm(sales, between, do="preview", message="Typed by now.")
    assert "Typed by now." in refreshed.context["typed"].email.body
    assert statuses(leads) == ["submitted"] * 3


def test_htmx_gets_the_preview_alone(sales, leads):
    chosen = ",".join(str(lead.pk) for lead in leads)
    typed = {"do": "preview", "message": "Typed by now."}

    response = sales.post(f"{APPROVE}?selected={chosen}", typed, headers={"HX-Request": "true"})

    html = response.content.decode()
    assert html.lstrip().startswith('<div id="outcome"')
    assert "Typed by now." in html
    assert statuses(leads) == ["submitted"] * 3


def test_queries_do_not_grow_with_the_leads(sales, django_assert_num_queries):
    leads = [LeadFactory() for _ in range(8)]

    for chosen in leads[:1], leads:
        ids = ",".join(str(lead.pk) for lead in chosen)
        with django_assert_num_queries(7):
            between = sales.get(f"{APPROVE}?selected={ids}")
        assert len(between.context["view"].named) == len(chosen)
        with django_assert_num_queries(8):  # with the list's own
            sales.get(f"{APPROVE}?up_to={leads[-1].pk}")
        with django_assert_num_queries(5):
            sales.post(QUEUE, {"action": "approve_selected", "_selected_action": ids.split(",")})


def test_queries_of_the_decision_do_not_grow_with_the_leads(sales):
    leads = [LeadFactory() for _ in range(8)]

    assert count(sales, leads[:2]) == count(sales, leads[2:])


def count(client, leads):
    between = run_action(client, "approve_selected", leads)
    with CaptureQueriesContext(connection) as queries:
        confirm(client, between)
    assert statuses(leads) == ["approved"] * len(leads)
    return len(queries)


def decide_one(user, lead, page):
    other = Client()
    sign_in(other, user)
    reason = {"reason": "duplicate"} if page == "reject" else {}
    other.post(address(lead, page), {"do": "decide", "message": "First.", **reason})


@pytest.mark.database
def test_statements_of_a_decision_do_not_grow_with_the_leads(sales_user, partner_user, outbox):
    # 70 mails are more parameters than Django 5.2 would give SQLite in one statement.
    many = 70 if connection.vendor == "sqlite" else 8
    leads = [
        LeadFactory(partner=partner_user.partner, submitted_by=partner_user)
        for _ in range(2 + many)
    ]
    approval = Decision(to=Status.APPROVED, message=WORDS)
    counted = []
    for chosen in leads[:2], leads[2:]:
        with CaptureQueriesContext(connection) as queries:
            decide(Lead.objects.filter(pk__in=[lead.pk for lead in chosen]), approval, sales_user)
        counted.append(sum("SAVEPOINT" not in query["sql"] for query in queries))

    # The actor's permissions are read the first time.
    assert counted == [11, 9]
