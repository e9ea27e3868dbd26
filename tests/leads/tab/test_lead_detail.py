"""One lead as its organization sees it: what was sent, where it stands, what it pays and why."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions.catalog.models import Price
from commissions.catalog.price_list import Choice
from commissions.ledger import amendments
from commissions.ledger.models import LedgerEntry
from leadportal.db import triggers
from leads.decisions import Decision, decide
from leads.models import Lead
from leads.status import Status
from leads.triage.corrections import correct
from tests.factories import BUNDLE_5, BUSINESS_5, LeadFactory
from tests.leads.answers import plan
from tests.leads.browser import text
from tests.leads.world import decision, one

# The words of the vendor's page
MEANINGS = {
    Status.SUBMITTED: "Our sales team will assess if the lead qualifies for further processing.",
    Status.REJECTED: "Unfortunately, the submitted lead didn't meet our requirements.",
    Status.APPROVED: (
        "Our sales team has accepted the lead and will now work on closing the deal."
    ),
    Status.WON: "Congratulations! The deal was successfully closed.",
    Status.LOST: "Unfortunately, this deal was not finalized.",
}


@pytest.fixture
def of_status(partner_user):
    """Make a lead of the organization in this status."""

    def make(status=Status.SUBMITTED, **fields):
        return LeadFactory(
            partner=partner_user.partner, submitted_by=partner_user, status=status, **fields
        )

    return make


def shown(client, lead, suffix=""):
    response = client.get(lead.get_absolute_url() + suffix)
    assert response.status_code == 200
    return text(response)


@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_explained_in_the_briefs_words(signed_in, of_status, status):
    page = shown(signed_in, of_status(status))
    for other, words in MEANINGS.items():
        assert (words in page) == (other == status)
    assert "What happens next:" in page
    assert f'class="status status-{status.definition.tone}">{status.label}<' in page


def test_detail_is_at_the_leads_reference(lead):
    assert lead.get_absolute_url() == f"/solution/leads/{lead.reference}/"


def test_everything_that_was_sent_is_shown(signed_in, of_status):
    lead = of_status(
        company_name="Nord & Wind <b>",
        phone_number="+4930901820;ext=12",
        domain="xn--bcher-kva.example",
        job_title="Head of <i>support</i>",
        description="first line\nsecond <script>alert(1)</script>",
        lines=(*BUNDLE_5, ("chatbot", "team", None, "monthly")),
        sends_personal_introduction=True,
    )
    page = shown(signed_in, lead)
    for words in (
        lead.reference,
        "Nord &amp; Wind &lt;b&gt;",
        "bücher.example",
        "+4930901820 ext. 12",
        "Anna",
        "Lindqvist",
        lead.contact_email,
        "Head of &lt;i&gt;support",
        "Sweden",
        "51–200",
        "second &lt;script&gt;",
        "LiveChat Business",
        "HelpDesk Team",
        "ChatBot Team",
        "Share of the annual value",
        "Included in the email communication, makes a personal introduction",
        "terms from 1 Jan 2023",
        "Olivia Owner",
    ):
        assert words in page, words
    assert "<script>alert" not in page


def test_the_estimate_opens_into_how_it_was_computed(signed_in, of_status):
    page = shown(signed_in, of_status(lines=BUNDLE_5))
    for words in (
        "12 × 5 agents × $59.00 = $3,540.00",
        "12 × 5 agents × $29.00 = $1,740.00",
        "$3,540.00 + $1,740.00 = $5,280.00",
        "10% of $5,280.00 = $528.00",
    ):
        assert words in page


def test_a_credit_is_shown_beside_the_estimate_with_what_differs(signed_in, of_status, sales_user):
    lead = of_status(Status.APPROVED, lines=BUSINESS_5)
    rows = [
        Choice(plan("livechat", "business"), 5, "annual"),
        Choice(plan("helpdesk", "team"), 5, "annual"),
    ]
    decide(one(lead), Decision(to="won", message="Signed.", lines=rows), sales_user)
    page = shown(signed_in, lead)
    assert "Your account has been credited with $528.00" in page
    assert "10% of $5,280.00 = $528.00" in page
    assert "10% of $3,540.00 = $354.00" in page
    assert "HelpDesk Team was bought in addition." in page


@pytest.mark.database
def test_a_price_changed_since_leaves_the_estimate_and_is_named_beside_the_credit(
    signed_in, of_status, sales_user
):
    lead = of_status(Status.APPROVED, lines=BUSINESS_5)
    today = timezone.localdate()
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal("70.00"),
        valid_from=today,
    )
    assert "10% of $3,540.00 = $354.00" in shown(signed_in, lead), "as it was sent"
    decide(one(lead), decision(Status.WON), sales_user)
    page = shown(signed_in, lead)
    estimated, credited = (
        re.findall(rf'<th scope="row">{row}</th>(.*?)</tr>', page, re.DOTALL)[0]
        for row in ("Annual value", "Commission")
    )
    assert re.findall(r"\$[\d,.]+", estimated) == ["$3,540.00", "$4,200.00"]
    assert re.findall(r"\$[\d,.]+", credited) == ["$354.00", "$420.00"]
    assert (
        f"LiveChat Business: the list price of $70.00 a month (from {today:%-d %b %Y}) instead of "
        "the list price of $59.00 a month (from 1 Jan 2023)."
    ) in page
    assert "10% of $3,540.00 = $354.00" in page, "the estimate stays"


@pytest.mark.database
def test_all_that_was_posted_for_a_lead_is_shown_with_its_sum(
    signed_in, of_status, sales_user, finance_user
):
    lead = of_status(Status.APPROVED, lines=BUSINESS_5)
    decide(one(lead), decision(Status.WON), sales_user)
    lead.refresh_from_db()
    four = [Choice(plan("livechat", "business"), 4, "annual")]
    correction = amendments.correct(lead.credit, four, "One agent less", finance_user)
    page = shown(signed_in, lead)
    assert re.findall(r'class="money">(\S+)</td>', page)[:4] == [
        "$354.00",
        "−$354.00",
        "$283.20",
        "$283.20",
    ]
    amendments.reverse(correction, "The customer never paid", finance_user)
    page = shown(signed_in, lead)
    assert f"Reversal of entry {correction.number}: The customer never paid" in page
    assert re.findall(r'class="money">(\S+)</td>', page)[3:5] == ["−$283.20", "$0.00"]


def test_a_torn_explanation_does_not_hide_the_lead(signed_in, of_status, sales_user):
    lead = of_status(Status.APPROVED, lines=BUSINESS_5)
    decide(one(lead), decision(Status.WON), sales_user)
    triggers.drop("default")
    LedgerEntry.objects.update(explanation="{")
    page = shown(signed_in, lead)
    assert "We cannot show how this amount was computed." in page
    assert "$354.00" in page


def test_a_deal_without_a_price_says_so(signed_in, of_status):
    page = shown(signed_in, of_status(lines=(("livechat", "enterprise", 40),)))
    assert "priced per deal" in page
    assert "$0.00" not in page.split("Commission estimated")[1].split("<details")[0]


def test_a_lead_of_an_import_is_shown_with_what_it_has(signed_in, of_status):
    page = shown(signed_in, of_status(source="import", commission_type="flat_fee"))
    assert "Fixed fee" in page
    assert "Commission estimated" not in page
    assert "Lead is informed" not in page


# What sales have written


@pytest.mark.parametrize("to", [Status.REJECTED, Status.LOST])
def test_the_reason_and_the_message_are_shown_and_the_note_is_not(
    signed_in, of_status, sales_user, to
):
    lead = of_status(Status.SUBMITTED if to == Status.REJECTED else Status.APPROVED)
    decide(
        one(lead),
        decision(to, message="A <b>word</b> to you.", note="Do not show."),
        sales_user,
    )
    page = shown(signed_in, lead)
    event = lead.events.latest("pk")
    assert f"Reason: {event.get_reason_display()}" in page
    assert "A &lt;b&gt;word&lt;/b&gt; to you." in page
    assert "Do not show" not in page


def test_lost_names_the_address_to_ask(signed_in, of_status, settings):
    settings.PARTNERS_EMAIL = "ask@vendor.example"
    lead = of_status(Status.LOST)
    assert f'href="mailto:ask@vendor.example?subject={lead.reference}"' in shown(signed_in, lead)


@pytest.mark.database
def test_the_timeline_shows_every_change_newest_first_without_staffs_names(
    signed_in, lead, sales_user
):
    decide(one(lead), decision("approved", message="We call them."), sales_user)
    correct(lead.pk, {"first_name": "Annika"}, sales_user)
    decide(one(lead), decision("lost", message="They chose another."), sales_user)
    page = shown(signed_in, lead)
    timeline = page.split('<ol class="timeline">')[1].split("</ol>")[0]
    told = [
        "Lost by sales",
        "Contact corrected by sales",
        "Approved for further review by sales",
        "Submitted by Olivia Owner",
    ]
    assert re.findall(r'class="timeline-what">([^<]+)<', timeline) == told
    assert "Annika" in timeline
    assert "We call them." in timeline
    assert "Sally" not in page


# Late, on time


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (1, False)])
def test_a_decision_that_is_late_says_so(signed_in, of_status, days, late):
    lead = of_status(decision_due=timezone.localdate() + timedelta(days=days))
    assert lead.is_overdue is late
    assert ("this decision is overdue" in shown(signed_in, lead)) is late


@pytest.mark.parametrize("status", [status for status in Status if status != Status.SUBMITTED])
def test_what_was_decided_is_never_late(of_status, status):
    assert not of_status(status, decision_due=timezone.localdate() - timedelta(days=9)).is_overdue


# The confirmation


def test_the_confirmation_says_the_reference_what_comes_next_and_by_when(signed_in, of_status):
    lead = of_status(lines=BUNDLE_5)
    page = shown(signed_in, lead, "submitted/")
    for words in (
        lead.reference,
        lead.submitted_by.email,
        f"{lead.decision_due:%A, %-d %b %Y}",
        "$528.00",
        lead.get_absolute_url(),
    ):
        assert words in page


def test_a_teammate_reads_whom_the_receipt_and_the_answer_go_to(
    signed_in, browser_of, teammate, of_status
):
    lead = of_status()
    own, other = (
        shown(browser, lead, "submitted/") for browser in (signed_in, browser_of(teammate))
    )
    assert "We have sent a receipt to owner@brightside.example." in own
    assert "You will get an email as soon as there is a decision" in own
    assert "We have sent a receipt to Olivia Owner, who submitted it." in other
    assert "Olivia Owner will get an email as soon as there is a decision" in other
    assert lead.submitted_by.email not in other


# What it costs


def cost(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.database
def test_a_lead_costs_as_much_with_one_line_and_event_as_with_many(
    signed_in, of_status, sales_user
):
    small, large = of_status(), of_status(lines=many_lines())
    for number in range(49):
        correct(large.pk, {"job_title": f"Title {number}"}, sales_user)
    signed_in.get(small.get_absolute_url())
    # Session, user with organization, lead, its lines, its events
    assert cost(signed_in, small.get_absolute_url()) == 5
    assert cost(signed_in, large.get_absolute_url()) == 5
    # Session, user with organization, lead
    assert cost(signed_in, small.get_absolute_url() + "submitted/") == 3
    assert cost(signed_in, large.get_absolute_url() + "submitted/") == 3


@pytest.mark.database
def test_a_won_lead_costs_one_query_more_for_what_followed_its_credit(signed_in, of_status):
    small, large = of_status(Status.WON), of_status(Status.WON, lines=many_lines())
    signed_in.get(small.get_absolute_url())
    assert cost(signed_in, small.get_absolute_url()) == 6
    assert cost(signed_in, large.get_absolute_url()) == 6


def many_lines():
    return [
        (product, code, None if product in ("chatbot", "knowledgebase") else 5)
        for product, codes in (
            ("livechat", ("starter", "team", "business")),
            ("helpdesk", ("team", "business")),
            ("chatbot", ("starter", "team", "business")),
            ("knowledgebase", ("standard",)),
        )
        for code in codes
    ]


@pytest.mark.database
def test_a_lead_is_found_by_its_reference_alone(signed_in, lead):
    assert signed_in.get(f"/solution/leads/{lead.pk}/").status_code == 404
    assert Lead.objects.get(reference=lead.reference) == lead
