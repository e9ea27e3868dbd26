"""One lead on one screen: its facts, its history, other leads of its domain, the next lead."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import amendments
from leadportal.partners.suspension import suspend
from leads import same_domain
from leads.decisions import Decision, decide
from leads.models import Lead
from leads.status import Status
from leads.triage.corrections import correct
from tests.commissions.finance import asked
from tests.factories import BUNDLE_5, LeadFactory, PartnerFactory, follow
from tests.leads.triage_pages import NEWEST_FIRST, QUEUE, address, said, text, words
from tests.leads.world import row
from tests.sessions import sign_in

# session, user, two of permissions, the lead, the other leads of its domain,
# its events, the partner's counters, the next lead
QUERIES = 9


def ago(**time):
    return timezone.now() - timedelta(**time)


def test_every_fact_is_on_the_page(sales, partner_user):
    lead = LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        company_name="Bücher & Söhne",
        domain="xn--bcher-kva.example",
        lines=BUNDLE_5,
        attends_meetings=True,
    )

    shown = text(sales.get(address(lead)))

    for shown_text in (
        lead.reference,
        "Bücher & Söhne",
        "bücher.example",
        "Anna",
        "Lindqvist",
        "Head of support",
        "Sweden",
        "+46812345678",
        "51–200",
        "They want to replace their contact form by Christmas.",
        "LiveChat Business",
        "12 × 5 agents × $59.00 = $3,540.00",
        "HelpDesk Team",
        "12 × 5 agents × $29.00 = $1,740.00",
        "$5,280.00",
        "$500.00 fixed fee",
        "10% of $5,280.00 = $528.00 the partner's choice",
        "Meets",
        "at least 5 agents, or more than 50 employees",
        "Included in the email communication, present at all meetings",
        "Brightside Consulting",
        "Olivia Owner, owner@brightside.example",
        "Form",
        "Submitted by Olivia Owner",
    ):
        assert shown_text in shown, shown_text


def test_agreements_name_version_time_person_and_text(sales, lead):
    terms = CommissionTerms.objects.in_force(timezone.localdate())

    shown = text(sales.get(address(lead)))

    assert "Lead is informed" in shown
    assert "Requirements Accepted" in shown
    assert shown.count("by Olivia Owner The text, terms from") == 2
    assert " ".join(terms.lead_is_informed_text.split()) in shown
    assert " ".join(terms.requirements_text.split()) in shown


def test_the_sums_are_the_frozen_ones(sales, lead):
    # What a changed price list, or changed columns, would say now does not matter.
    Lead.objects.filter(pk=lead.pk).update(
        estimate=lead.estimate.replace("59.00", "61.00").replace("3540.00", "3660.00")
    )

    assert "12 × 5 agents × $61.00 = $3,660.00" in text(sales.get(address(lead)))


def test_a_line_priced_per_deal_is_named_as_left_out(sales):
    lead = LeadFactory(lines=(("livechat", "business", 5), ("livechat", "enterprise", 80)))

    shown = text(sales.get(address(lead)))

    assert "at least $3,540.00" in shown
    assert "Left out, because priced per deal: LiveChat Enterprise." in shown


def test_nothing_priced_yet_gives_no_share(sales):
    lead = LeadFactory(lines=(("livechat", "enterprise", 80),))

    shown = text(sales.get(address(lead)))

    assert "Share of the annual value priced per deal" in shown
    assert "$0.00" not in shown


@pytest.mark.parametrize(("source", "label"), [("api", "API"), ("import", "Import")])
def test_a_lead_of_another_source_shows_what_it_has(sales, source, label):
    lead = LeadFactory(source=source, phone_number="", job_title="", description="")

    shown = text(sales.get(address(lead)))

    assert "Submitted without lines." in shown
    assert ("None recorded." in shown) == (source == "import")
    assert ("Requirements Accepted" in shown) == (source == "api")
    assert f"Source {label}" in shown


def test_a_doubtful_address_is_pointed_out(sales):
    lead = LeadFactory(domain="acme.example", contact_email="anna@gmail.com")

    assert "gmail.com is a free email provider." in text(sales.get(address(lead)))


def test_text_of_the_partner_is_not_taken_for_html(sales):
    lead = LeadFactory(company_name="<b>Acme</b>", description="<script>alert(1)</script>\nTwo")

    html = sales.get(address(lead)).content.decode()

    assert "<b>Acme" not in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>Two" in html


def test_history_names_people_messages_and_notes(sales, sales_user, lead):
    correct(lead.pk, {"first_name": "Anne"}, sales_user)
    decision = Decision(Status.REJECTED, "Not now.", note="They are tiny.", reason="no_such")
    with pytest.raises(ValueError, match="Choose a reason"):
        decide(Lead.objects.filter(pk=lead.pk), decision, sales_user)
    decision = Decision(Status.REJECTED, "Not now.", note="They are tiny.", reason="duplicate")
    decide(Lead.objects.filter(pk=lead.pk), decision, sales_user)

    shown = text(sales.get(address(lead)))

    assert "Rejected by Sally Sales" in shown
    assert "Reason: Duplicate of another lead Not now. Note for staff: They are tiny." in shown
    assert "Contact corrected by Sally Sales" in shown
    assert "Anna → Anne" in shown
    assert (
        shown.index("Rejected by")
        < shown.index("Contact corrected")
        < shown.index("Submitted by Olivia Owner")
    )


def test_a_won_lead_shows_its_credit_and_leads_finance_to_the_entry(
    client, finance_user, sales_user, partner_user
):
    lead = LeadFactory(
        partner=partner_user.partner, status=Status.WON, lines=BUNDLE_5, commission_type="flat_fee"
    )
    entry = f"/admin/commissions/ledgerentry/{lead.credit_id}/change/"

    sign_in(client, finance_user)
    page = client.get(address(lead))
    assert f'href="{entry}"' in page.content.decode()
    assert "Entry 1 of Brightside Consulting's account" in text(page)
    assert "$500.00 credited" in text(page)
    assert client.get(entry).status_code == 200

    sign_in(client, sales_user)
    page = client.get(address(lead))
    assert "$500.00 credited" in text(page)
    assert f'href="{entry}"' not in page.content.decode()


@pytest.mark.database
def test_other_leads_of_the_domain_are_listed_whoever_sent_them(sales, lead):
    other = PartnerFactory(name="Competing Partner")
    rejected = LeadFactory(
        partner=other, domain=lead.domain, status=Status.REJECTED, submitted_at=ago(days=3)
    )
    LeadFactory(partner=other, domain="elsewhere.example")

    page = sales.get(address(lead))

    assert page.context["others"].leads == [rejected]
    section = text(page)[text(page).index("Other leads for nordwind.example") :]
    sent = timezone.localtime(rejected.submitted_at).strftime("%-d %b %Y")
    assert f"{rejected.reference} {sent} Competing Partner Rejected $354.00 estimated" in section
    assert f'href="{address(rejected)}"' in page.content.decode()


def test_of_many_leads_of_the_domain_won_ones_first_and_their_number(sales, lead, monkeypatch):
    assert same_domain.SHOWN == 20
    monkeypatch.setattr(same_domain, "SHOWN", 3)
    others = [
        LeadFactory(domain=lead.domain, submitted_at=ago(hours=hours + 1)) for hours in range(4)
    ]
    won = LeadFactory(domain=lead.domain, submitted_at=ago(days=9), status=Status.WON)

    page = sales.get(address(lead))

    assert page.context["others"].leads == [won, *others[:2]]
    assert "3 of 5, won ones first." in text(page)
    assert "$354.00 credited" in text(page)


def test_no_other_lead_of_the_domain_is_said(sales, lead):
    assert "no other lead was submitted for this domain" in text(sales.get(address(lead)))


def test_the_partners_record_counts_its_leads(sales, partner_user, lead):
    for status in (Status.WON, Status.WON, Status.LOST):
        LeadFactory(partner=partner_user.partner, status=status)

    assert "Submitted 1 · Won 2 · Lost 1" in text(sales.get(address(lead)))


@pytest.mark.database
def test_next_in_the_queue_goes_on_from_here_and_begins_anew_at_the_end(sales):
    first, second, third = (LeadFactory(submitted_at=ago(days=days)) for days in (3, 2, 1))
    approved = LeadFactory(status=Status.APPROVED, submitted_at=ago(days=9))

    def following(lead):
        return sales.get(address(lead)).context["next_lead"]

    assert following(first) == second
    assert following(second) == third
    assert following(third) == first
    assert following(approved) == first
    for lead in (first, second):
        follow(lead, Status.APPROVED, lead.submitted_by)
    assert following(third) is None


@pytest.mark.database
def test_two_leads_of_one_moment_follow_each_other(sales):
    at = ago(days=1)
    first, second = LeadFactory(submitted_at=at), LeadFactory(submitted_at=at)

    assert sales.get(address(first)).context["next_lead"] == second
    assert sales.get(address(second)).context["next_lead"] == first


@pytest.mark.database
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", ["Acme", "Small", "Globex"]),
        ("meets_criteria__exact=1", ["Acme", "Globex"]),
        ("status=all&meets_criteria__exact=1", ["Acme", "Globex"]),
        ("q=globex", ["Globex"]),
        ("status=approved", ["Approved"]),
        ("status=won", []),
        ("partner_name=nobody", []),
        (f"meets_criteria__exact=1&p=2&{NEWEST_FIRST}&after=1-1", ["Acme", "Globex"]),
        ("nonsense=1", ["Acme", "Small", "Globex"]),
        ("password=1&%00", ["Acme", "Small", "Globex"]),
    ],
)
def test_next_in_the_queue_stays_in_the_filtered_list(sales, filters, expected):
    small = {"employees": "1-50", "lines": (("livechat", "team", 1),)}
    LeadFactory(company_name="Approved", status=Status.APPROVED, submitted_at=ago(days=9))
    last = LeadFactory(company_name="Last", submitted_at=ago(days=1))
    LeadFactory(company_name="Globex", submitted_at=ago(days=2))
    LeadFactory(company_name="Small", submitted_at=ago(days=3), **small)
    LeadFactory(company_name="Acme", submitted_at=ago(days=4))

    walked, lead = [], last
    for _ in expected:
        page = sales.get(address(lead), {"_changelist_filters": filters} if filters else {})
        lead = page.context["next_lead"]
        walked.append(lead.company_name)
        if filters:
            link = f"{address(lead)}?_changelist_filters={quote(filters, safe='')}"
            assert f'<a href="{link}">Next in the queue: ' in page.content.decode()
    assert walked == expected


def test_after_a_decision_the_next_lead_is_of_the_filtered_list(sales):
    small = {"employees": "1-50", "lines": (("livechat", "team", 1),)}
    decided = LeadFactory(company_name="Acme", submitted_at=ago(days=4))
    LeadFactory(company_name="Small", submitted_at=ago(days=3), **small)
    LeadFactory(company_name="Globex", submitted_at=ago(days=2))

    path = f"{address(decided, 'approve')}?_changelist_filters=meets_criteria__exact%3D1"
    response = sales.post(path, words())

    assert response.url == f"{QUEUE}?meets_criteria__exact=1"
    assert said(response)[0].endswith("Next in the queue: Globex")
    [message] = get_messages(response.wsgi_request)
    assert "?_changelist_filters=meets_criteria__exact%3D1" in str(message)


def test_the_way_back_keeps_the_filters(sales, lead):
    page = sales.get(address(lead), {"_changelist_filters": "status=all&q=nord"})

    html = page.content.decode()
    assert 'href="/admin/leads/lead/?status=all&amp;q=nord"' in html
    assert f'href="{address(lead, "approve")}?_changelist_filters=status%3Dall%26q%3Dnord"' in html


def test_history_leads_to_the_lead_itself(sales, lead):
    assert sales.get(address(lead, "history")).url == address(lead)


def test_queries_do_not_grow(sales, sales_user, partner_user, django_assert_num_queries):
    waiting = LeadFactory()
    lead = LeadFactory(partner=partner_user.partner, domain="acme.example", lines=BUNDLE_5)
    LeadFactory()  # the next one after it
    with django_assert_num_queries(QUERIES):
        sales.get(address(lead))

    for number in range(49):
        LeadFactory(domain="acme.example")
        correct(lead.pk, {"first_name": f"Anna {number}"}, sales_user)
    # There are more of its domain now than are listed.
    with django_assert_num_queries(QUERIES):
        sales.get(address(lead))
    assert waiting.pk


def test_a_won_lead_costs_one_query_more_for_its_entries(
    sales, finance_user, django_assert_num_queries
):
    lead = LeadFactory(status=Status.WON)
    LeadFactory()
    with django_assert_num_queries(QUERIES + 1):
        sales.get(address(lead))
    entry = lead.credit
    for agents in (6, 7, 8):
        entry = amendments.correct(
            entry, [row("livechat", "business", agents)], "Not so many", finance_user
        )
    with django_assert_num_queries(QUERIES + 1):
        sales.get(address(lead))


def test_sales_see_a_suspended_partner_and_can_still_win_its_lead(
    sales, sales_user, superuser, partner_user
):
    lead = LeadFactory(
        partner=partner_user.partner, submitted_by=partner_user, status=Status.APPROVED
    )
    cost = asked(sales, address(lead))
    suspend(partner_user.partner, "Chargebacks", superuser)
    assert "Suspended" in text(sales.get(f"{QUEUE}?status=approved"))
    assert asked(sales, address(lead)) == cost
    page = text(sales.get(address(lead)))
    assert "Brightside Consulting is suspended since" in page
    assert "Reason: Chargebacks" in page
    lines = [Choice(line.plan, line.agents, line.billing_cycle) for line in lead.submitted_lines]
    won = Decision(to=Status.WON, message="They signed.", lines=lines)
    [outcome] = decide(Lead.objects.filter(pk=lead.pk), won, sales_user)
    assert outcome.lead.credit.amount == Decimal("354.00")
