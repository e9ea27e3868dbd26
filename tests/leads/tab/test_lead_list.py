"""The Leads tab: whose leads it shows, in which order, what a row says, at what cost."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.decisions import decide
from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.status import Status
from tests.factories import BUNDLE_5
from tests.leads.answers import draft_of
from tests.leads.browser import LIST, listed, text
from tests.leads.world import decision, one


def test_list_is_at_solution_leads():
    assert reverse("leads:list") == LIST


# Whose, and in which order


@pytest.mark.database
def test_newest_comes_first(signed_in, sent):
    for name in ("Oldest", "Middle", "Newest"):
        sent(name)
    assert listed(signed_in) == ["Newest", "Middle", "Oldest"]


@pytest.mark.database
def test_a_change_moves_no_lead(signed_in, sent, sales_user):
    first = sent("First")
    sent("Second")
    decide(one(first), decision("approved"), sales_user)
    assert listed(signed_in) == ["Second", "First"]


@pytest.mark.database
def test_everyone_in_the_organization_sees_its_leads_and_no_others(
    browser_of, partner_user, teammate, stranger, sent
):
    sent("The owner's", submitted_by=partner_user)
    sent("The member's", submitted_by=teammate)
    sent("Somebody else's", partner=stranger.partner)
    for user in (partner_user, teammate):
        assert listed(browser_of(user)) == ["The member&#x27;s", "The owner&#x27;s"]
    assert listed(browser_of(stranger)) == ["Somebody else&#x27;s"]


def test_drafts_are_shown_to_their_author_alone(browser_of, partner_user, teammate):
    draft_of(partner_user, {"company_name": "Half a lead"})
    assert "Continue: Half a lead" in text(browser_of(partner_user).get(LIST))
    assert "Half a lead" not in text(browser_of(teammate).get(LIST))


def test_drafts_come_latest_first_and_above_the_leads(signed_in, partner_user, sent):
    sent("A lead")
    for name in ("Earlier", "Later"):
        draft_of(partner_user, {"company_name": name})
    page = text(signed_in.get(LIST))
    places = [page.index(words) for words in ("Continue: Later", "Continue: Earlier", "A lead")]
    assert places == sorted(places)


# What a row says


def test_a_row_says_what_the_issue_asks_for(signed_in, sent):
    lead = sent("Nord & Wind", domain="xn--bcher-kva.example", lines=BUNDLE_5)
    page = text(signed_in.get(LIST))
    for words in (
        "Nord &amp; Wind",
        "bücher.example",
        "Anna Lindqvist",
        "LiveChat Business × 5",
        "HelpDesk Team × 5",
        "$528.00",
        "estimated",
        "Submitted",
        f"decision was due {lead.decision_due:%-d %b}",
        f"{lead.submitted_at:%-d %b %Y}",
        f'href="/solution/leads/{lead.reference}/"',
    ):
        assert words in page


def test_a_late_decision_is_not_promised_any_more(signed_in, sent):
    lead = sent("Nordwind")
    for due, words in (
        (timezone.localdate(), "decision by"),
        (date(2026, 6, 1), "decision was due"),
    ):
        Lead.objects.filter(pk=lead.pk).update(decision_due=due)
        assert f"{words} {due:%-d %b}" in text(signed_in.get(LIST))


@pytest.mark.parametrize(
    ("fields", "sum_", "words"),
    [
        ({}, "$354.00", "estimated"),
        ({"commission_type": "flat_fee"}, "$500.00", "estimated"),
        ({"status": Status.WON, "lines": BUNDLE_5}, "$528.00", "credited"),
        ({"lines": (("livechat", "enterprise", 40),)}, "", "priced per deal"),
        (
            {"lines": (("livechat", "enterprise", 40), ("livechat", "business", 5))},
            "$354.00",
            "at least",
        ),
        ({"source": "import"}, "", ""),
    ],
)
def test_the_commission_is_named_for_what_it_is(signed_in, sent, fields, sum_, words):
    sent("A lead", **fields)
    page = text(signed_in.get(LIST))
    cell = re.search(r'<td data-label="Commission"[^>]*>(.*?)</td>', page, re.DOTALL)[1]
    assert sum_ in cell
    assert words in cell
    if not sum_:
        assert "$" not in cell


@pytest.mark.database
def test_a_won_lead_shows_what_was_bought_and_not_what_was_estimated(signed_in, sent, sales_user):
    lead = sent("A lead", status=Status.APPROVED, lines=BUNDLE_5)
    decide(one(lead), decision("won"), sales_user)
    page = text(signed_in.get(LIST))
    assert "LiveChat Business × 5" in page
    assert "HelpDesk" not in page
    assert "$354.00" in page


@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_said_in_the_briefs_words(signed_in, sent, status):
    sent("A lead", status=status)
    row = re.search(r"<tbody>(.*)</tbody>", text(signed_in.get(LIST)), re.DOTALL)[1]
    assert f'class="status status-{status.definition.tone}">{status.label}<' in row


# Nothing to show


def test_without_a_lead_the_next_step_is_taught(signed_in, partner_user):
    page = text(signed_in.get(LIST))
    assert "No leads yet" in page
    assert "Submit your first lead" in page
    assert page.count(f'href="{reverse("leads:submit")}"') >= 2
    draft_of(partner_user, {"company_name": "Half a lead"})
    assert "Half a lead" in text(signed_in.get(LIST))


def test_an_empty_filter_says_so_and_leads_back(signed_in, sent):
    sent("A lead")
    page = text(signed_in.get(LIST, {"status": "lost"}))
    assert "No leads have this status." in page
    assert "Show all leads" in page


# What it costs


def cost(client, **query):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST, query).status_code == 200
    return len(queries)


@pytest.mark.database
def test_the_list_costs_as_much_with_one_row_as_with_fifty(signed_in, partner_user, sent):
    def fill(number):
        for n in range(number):
            status = list(Status)[n % 5]
            sent(f"Company {n}", status=status, lines=BUNDLE_5, submitted_by=partner_user)

    sent("Won", status=Status.WON)
    signed_in.get(LIST)
    later = BY_AGE.cursor((timezone.now() + timedelta(days=1), 0))
    queries = [{}, {"q": "company"}, {"q": "won"}, {"status": "won"}, {"before": later}]
    with_one = [cost(signed_in, **query) for query in queries]
    fill(50)
    assert len(listed(signed_in)) == 25
    # Session, user with organization, counters, leads, their lines, what those that are won are
    # credited with, drafts; a search has to find how far it looks row by row, and what it finds
    # there.
    assert [cost(signed_in, **query) for query in queries] == [7, 9, 9, 7, 7]
    assert with_one == [7, 6, 9, 7, 7], "none found, no leads and no lines to fetch"
    for n in range(20):
        draft_of(partner_user, {"company_name": f"Draft {n}"})
    assert cost(signed_in) == 7


@pytest.mark.database
def test_the_sum_on_the_list_is_the_leads_own(sent):
    assert sent("A lead").estimated_commission == Decimal("354.00")
