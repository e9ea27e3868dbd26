"""What a won lead is credited with now is said alike in every place that names it."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from commissions.ledger import amendments
from commissions.ledger.credits import CurrentCredit, current_credits, entries_of
from leads.decisions import decide
from leads.models import Lead
from leads.models.lead import load_credits
from leads.status import Status
from tests.commissions.finance import text
from tests.explain import explained
from tests.factories import BUSINESS_5, LeadFactory, StaffFactory
from tests.leads.world import decision, one, row
from tests.sessions import sign_in

pytestmark = pytest.mark.database

# An address of each place, and who reads it there: what a lead has earned stands in all of them.
PLACES = {
    "the Leads tab": ("partner", lambda lead, entry: reverse("leads:list")),
    "the Leads tab's Won": ("partner", lambda lead, entry: reverse("leads:list") + "?status=won"),
    "the lead": ("partner", lambda lead, entry: lead.get_absolute_url()),
    "the Commissions tab": ("partner", lambda lead, entry: reverse("commissions:overview")),
    "sales' Won list": ("sales", lambda lead, entry: "/admin/leads/lead/?status=won"),
    "sales' lead": ("sales", lambda lead, entry: f"/admin/leads/lead/{lead.pk}/change/"),
    "finance's entry": (
        "finance",
        lambda lead, entry: f"/admin/commissions/ledgerentry/{entry.pk}/change/",
    ),
}
each_place = pytest.mark.parametrize("place", PLACES)


@pytest.fixture
def won(partner_user, sales_user):
    """A lead estimated at $354.00 and credited with it."""
    lead = LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        status=Status.APPROVED,
        company_name="Nordwind Retail",
        lines=BUSINESS_5,
    )
    decide(one(lead), decision(Status.WON), sales_user)
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def page(won, partner_user, sales_user, finance_user):
    """Return the text of a place as its reader sees it."""
    entry = won.credit
    people = {"partner": partner_user, "sales": sales_user, "finance": finance_user}

    def read(place):
        who, address = PLACES[place]
        client = Client()
        sign_in(client, people[who])
        response = client.get(address(won, entry))
        assert response.status_code == 200
        return text(response)

    return read


def today():
    return f"{timezone.localdate():%-d %b %Y}"


def says_it_is_earned(words):
    """Whether the first commission of $354.00 is still called credited."""
    return any(
        claim in words
        for claim in (
            "$354.00 credited",
            "credited with $354.00",
            "Commission credited",
            "Nothing changed between the estimate and the deal",
        )
    )


@each_place
def test_after_a_reversal_nothing_looks_like_earned_money(page, place, won, finance_user):
    assert "$354.00" in page(place)
    amendments.reverse(won.credit, "The customer never paid", finance_user)
    words = page(place)
    assert f"reversed on {today()}" in words
    assert not says_it_is_earned(words)


@each_place
def test_after_a_correction_the_corrected_amount_is_shown(page, place, won, finance_user):
    lines = [row("livechat", "business", 4)]
    amendments.correct(won.credit, lines, "One agent less", finance_user)
    words = page(place)
    assert "$283.20" in words
    assert f"corrected on {today()}" in words or "reversed on" in words
    assert not says_it_is_earned(words)
    if place in ("the Leads tab", "the lead"):
        assert "LiveChat Business × 4" in words or "4 agents instead of 5" in words
    if place.startswith("sales"):
        assert "$2,832.00" in words, "the final annual value"


@pytest.mark.parametrize("reader", ["the lead", "sales' lead"])
def test_the_timeline_shows_the_correction_and_the_reversal_with_their_reasons(
    page, reader, won, finance_user
):
    correction = amendments.correct(
        won.credit, [row("livechat", "business", 4)], "One agent less", finance_user
    )
    amendments.reverse(correction, "The customer never paid", finance_user)
    words = page(reader)
    who = finance_user.name if reader == "sales' lead" else "finance"
    reversed_at = words.index(f"Commission reversed by {who}")
    corrected_at = words.index(f"Commission corrected by {who}")
    assert reversed_at < corrected_at < words.index("Won by")
    assert words.count(f"Commission reversed by {who}") == 1, "none for the correction's own half"
    assert "$283.20 instead of $354.00" in words
    assert "Reason: One agent less" in words
    assert "Reason: The customer never paid" in words


def test_the_emails_name_the_company_and_link_to_the_lead(won, finance_user, partner_user):
    mail.outbox.clear()
    correction = amendments.correct(
        won.credit, [row("livechat", "business", 4)], "One agent less", finance_user
    )
    amendments.reverse(correction, "The customer never paid", finance_user)
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        html = message.alternatives[0][0]
        assert f"Nordwind Retail ({won.reference})" in message.subject
        for body in (message.body, html):
            assert f"Nordwind Retail ({won.reference})" in body
            assert won.get_absolute_url() in body


def test_the_current_credit_follows_every_entry(won, finance_user):
    def now():
        credit = current_credits([won.reference])[won.reference]
        return str(credit.amount), credit.state.split(" on ")[0], len(credit.entries)

    def agents(number):
        return [row("livechat", "business", number)]

    assert now() == ("354.00", "credited", 1)
    first = amendments.correct(won.credit, agents(4), "Four", finance_user)
    assert now() == ("283.20", "corrected", 3)
    second = amendments.correct(first, agents(6), "Six", finance_user)
    assert now() == ("424.80", "corrected", 5)
    amendments.reverse(second, "Not paid", finance_user)
    assert now() == ("0.00", "reversed", 6)
    amendments.correct(second, agents(6), "Paid after all", finance_user)
    assert now() == ("424.80", "corrected", 7)
    assert CurrentCredit.of([]) is None


def test_a_reversal_is_the_last_change_of_the_lead(won, finance_user):
    assert won.last_change == won.changed_at
    reversal = amendments.reverse(won.credit, "The customer never paid", finance_user)
    assert Lead.objects.get(pk=won.pk).last_change == reversal.posted_at > won.changed_at


def test_many_leads_are_loaded_by_one_query(django_assert_num_queries, partner_user):
    StaffFactory()
    for status in (Status.WON, Status.WON, Status.WON, Status.LOST):
        LeadFactory(partner=partner_user.partner, status=status)
    leads = list(Lead.objects.order_by("pk"))
    with django_assert_num_queries(1):
        load_credits(leads)
        assert [bool(lead.current_credit) for lead in leads] == [True, True, True, False]
    with django_assert_num_queries(0):
        load_credits(leads[3:])


def test_the_entries_of_a_page_are_found_by_the_index(db):
    with CaptureQueriesContext(connection) as queries:
        list(entries_of(["LD-7KQ2M9XA", "LD-7KQ2M9XB"]).order_by())
    assert "entry_by_reference" in explained(queries[0]["sql"])
