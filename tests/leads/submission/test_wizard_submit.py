"""Submitting: what a lead holds of its draft, and what is computed, counted and told with it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from commissions import explanation
from commissions.catalog.terms import CommissionTerms
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import REFERENCE_ALPHABET, Source, business_day_after
from leads.status import Status
from leads.submission import drafts
from tests.factories import BUNDLE_5
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line, plan, whole
from tests.leads.browser import address, post, text
from tests.sessions import sign_in

AT = datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=UTC)  # a Monday


@pytest.fixture
def submitted(draft, partner_user):
    return drafts.submit(draft.pk, partner_user, AT)


def new_terms(**changes):
    terms = CommissionTerms.objects.latest("valid_from")
    terms.pk, terms.valid_from = None, timezone.localdate()
    for name, value in changes.items():
        setattr(terms, name, value)
    terms.save()
    return terms


@pytest.mark.database
def test_three_pages_in_a_browser_become_a_lead(signed_in, partner_user):
    draft_id = uuid4()
    assert post(signed_in, draft_id, "contact", CONTACT).url == address(draft_id, "deal")
    assert post(signed_in, draft_id, "deal", deal(BUNDLE_5)).url == address(draft_id, "agreements")
    response = post(signed_in, draft_id, "agreements", agreements(), "submit")
    lead = Lead.objects.get()
    assert response.url == reverse("leads:submitted", args=[lead.reference])
    assert lead.estimated_commission == Decimal("528.00")
    shown = text(signed_in.get(response.url))
    assert lead.reference in shown
    assert "$528.00" in shown
    assert partner_user.email in shown
    assert f"{lead.decision_due:%-d %b %Y}" in shown
    assert "3 business days" in shown


@pytest.mark.database
def test_the_lead_holds_what_was_typed_normalized(submitted, partner_user):
    lead = Lead.objects.get(pk=submitted.pk)
    expected = CONTACT | {"domain": "nordwind.example", "phone_number": "+46812345678"}
    assert {name: str(getattr(lead, name)) for name in CONTACT} == expected
    assert lead.partner == partner_user.partner
    assert lead.submitted_by == partner_user
    assert lead.source == Source.FORM
    assert lead.status == Status.SUBMITTED
    assert lead.submitted_at == lead.changed_at == AT
    assert lead.commission_type == "rev_share"
    assert lead.is_included_in_communication
    assert not lead.attends_meetings
    assert not lead.sends_personal_introduction
    assert lead.credit is None


@pytest.mark.database
def test_the_agreements_are_saved_with_text_time_and_user(submitted, partner_user):
    lead = Lead.objects.get(pk=submitted.pk)
    assert lead.lead_is_informed_at == lead.accepts_requirements_at == AT
    assert lead.agreed_by == partner_user
    assert lead.terms == CommissionTerms.objects.in_force(AT.date())


@pytest.mark.database
def test_the_reference_can_be_read_aloud_and_not_be_guessed(partner_user):
    references = {
        drafts.submit(draft_of(partner_user).pk, partner_user, AT).reference for _ in range(8)
    }
    assert len(references) == 8
    for reference in references:
        assert reference[:3] == "LD-"
        assert len(reference) == 11
        assert set(reference[3:]) <= set(REFERENCE_ALPHABET)
    assert not set("0O1I") & set(REFERENCE_ALPHABET)
    assert len(set(REFERENCE_ALPHABET)) == 32


@pytest.mark.parametrize(
    ("commission_type", "lines", "value", "commission"),
    [
        ("rev_share", (("livechat", "business", 5),), "3540.00", "354.00"),
        ("flat_fee", (("livechat", "business", 5),), "3540.00", "500.00"),
        ("rev_share", BUNDLE_5, "5280.00", "528.00"),
        ("flat_fee", BUNDLE_5, "5280.00", "500.00"),
        ("rev_share", (("chatbot", "team", ""),), "1704.00", "170.40"),
        ("rev_share", (("livechat", "business", 7, "monthly"),), "5796.00", "579.60"),
        ("flat_fee", (("livechat", "enterprise", 40),), None, "500.00"),
        ("rev_share", (("livechat", "enterprise", 40),), None, None),
        (
            "rev_share",
            (("livechat", "enterprise", 40), ("livechat", "business", 5)),
            "3540.00",
            "354.00",
        ),
    ],
)
def test_the_estimate_is_frozen_as_the_calculator_has_it(
    partner_user, commission_type, lines, value, commission
):
    draft = draft_of(partner_user, {**CONTACT, **deal(lines, commission_type), **agreements()})
    lead = Lead.objects.get(pk=drafts.submit(draft.pk, partner_user, AT).pk)
    assert lead.annual_value == (value and Decimal(value))
    assert lead.estimated_commission == (commission and Decimal(commission))
    frozen = explanation.thaw(lead.estimate)
    assert [row.as_calculated() for row in lead.submitted_lines] == list(frozen.lines)
    assert frozen.annual_value == Decimal(value or 0)
    assert explanation.recompute(lead.estimate) == Decimal(commission or 0)
    assert lead.estimate_is_complete == frozen.is_complete
    assert lead.agents == sum(row.agents or 0 for row in frozen.lines)


@pytest.mark.database
def test_the_lines_are_saved_in_order_with_their_prices(partner_user):
    chosen = {
        **line(0, plan("helpdesk", "team"), "1,000", "monthly"),
        **line(1),
        **line(2, plan("chatbot", "team")),
    }
    draft = draft_of(partner_user, {**whole(), **chosen})
    lead = drafts.submit(draft.pk, partner_user, AT)
    rows = DealLine.objects.filter(lead=lead).values_list(
        "stage", "position", "plan__code", "agents", "billing_cycle", "monthly_price", "price_from"
    )
    assert list(rows) == [
        ("submitted", 1, "team", 1_000, "monthly", Decimal("34.00"), date(2023, 1, 1)),
        ("submitted", 2, "team", None, "annual", Decimal("142.00"), date(2023, 1, 1)),
    ]


@pytest.mark.parametrize(
    ("agents", "employees", "meets"),
    [(4, "1-50", False), (5, "1-50", True), (4, "51-200", True), (1, "1001+", True)],
)
def test_the_lead_knows_whether_it_meets_the_criteria(partner_user, agents, employees, meets):
    lines = (("livechat", "business", agents),)
    draft = draft_of(partner_user, {**whole(), **deal(lines), "employees": employees})
    assert drafts.submit(draft.pk, partner_user, AT).meets_criteria is meets


# By when sales decide


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-23", 3, "2026-11-26"),  # Monday to Thursday
        ("2026-11-25", 3, "2026-11-30"),  # Wednesday, over the weekend, to Monday
        ("2026-11-27", 3, "2026-12-02"),  # Friday to Wednesday
        ("2026-11-28", 3, "2026-12-02"),  # Saturday counts as Friday does
        ("2026-11-29", 3, "2026-12-02"),  # Sunday, too
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-11-23", 10, "2026-12-07"),
        ("2026-11-28", 0, "2026-11-28"),
    ],
)
def test_business_days_leave_out_the_weekend(start, days, due):
    assert business_day_after(date.fromisoformat(start), days) == date.fromisoformat(due)


@pytest.mark.database
@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("UTC", "2026-11-25T23:59:59", date(2026, 11, 30)),  # Wednesday
        ("UTC", "2026-11-26T00:00:00", date(2026, 12, 1)),  # Thursday
        ("Pacific/Auckland", "2026-11-25T10:59:59", date(2026, 11, 30)),  # Wednesday, 23:59 there
        ("Pacific/Auckland", "2026-11-25T11:00:00", date(2026, 12, 1)),  # Thursday there
        ("America/Los_Angeles", "2026-11-26T07:59:59", date(2026, 11, 30)),  # Wednesday there
        ("America/Los_Angeles", "2026-11-26T08:00:00", date(2026, 12, 1)),
    ],
)
def test_the_day_of_submission_is_one_of_the_businesss_time_zone(
    partner_user, settings, zone, at, due
):
    settings.TIME_ZONE = zone
    draft = draft_of(partner_user)
    lead = drafts.submit(draft.pk, partner_user, datetime.fromisoformat(f"{at}+00:00"))
    assert lead.decision_due == due


@pytest.mark.database
def test_the_days_to_decide_are_the_terms(partner_user):
    new_terms(decision_business_days=1)
    draft = draft_of(partner_user)
    lead = drafts.submit(draft.pk, partner_user, timezone.now())
    assert lead.decision_due == business_day_after(timezone.localdate(), 1)


# What else is written in the same transaction


@pytest.mark.database
def test_submission_is_the_first_event_and_counted(submitted, partner_user):
    event = LeadEvent.objects.get()
    assert (event.lead, event.kind, event.actor, event.at) == (
        submitted,
        "submitted",
        partner_user,
        AT,
    )
    assert (event.from_status, event.to_status, event.reason) == ("", "submitted", "")
    counts = LeadCount.objects.filter(partner=partner_user.partner).values_list("status", "count")
    assert dict(counts) == dict.fromkeys(Status.values, 0) | {"submitted": 1}


@pytest.mark.database
def test_the_draft_ends_and_names_its_lead(submitted, draft, signed_in):
    draft.refresh_from_db()
    assert (draft.lead, draft.answers) == (submitted, {})
    assert str(draft.pk) not in text(signed_in.get(reverse("leads:list")))


@pytest.mark.database
def test_a_receipt_and_a_notice_are_queued(partner_user, outbox, settings):
    settings.SALES_EMAIL = "sales-team@vendor.example"
    draft = draft_of(partner_user, company_name="Smith & Sons\r\nBcc: everyone@evil.test")
    lead = drafts.submit(draft.pk, partner_user, AT)
    notice, receipt = outbox
    assert receipt.to == [partner_user.email]
    assert notice.to == ["sales-team@vendor.example"]
    for mail in (receipt, notice):
        assert lead.reference in mail.subject
        assert "Smith & Sons Bcc: everyone@evil.test" in mail.subject
        assert "Smith &amp; Sons" in mail.html
        assert (mail.cc, mail.bcc) == ([], [])
    assert "12 × 5 agents × $59.00 = $3,540.00" in receipt.text
    assert "10% of $3,540.00 = $354.00" in receipt.text
    assert "Thursday, 26 Nov 2026" in receipt.text


@pytest.mark.parametrize(
    ("bought", "value", "job_title", "contact"),
    [
        ("business", "$3,540.00", "Head of support", "Anna Lindqvist, Head of support"),
        ("enterprise", "priced per deal", "", "Anna Lindqvist"),
    ],
)
def test_the_notice_to_sales_has_the_facts_that_decide(
    partner_user, outbox, bought, value, job_title, contact
):
    lines = deal((("livechat", bought, 5),))
    draft = draft_of(partner_user, **lines, job_title=job_title)
    lead = drafts.submit(draft.pk, partner_user, AT)
    notice = outbox.get(subject__startswith="New lead")
    html = re.sub('<span class="nowrap">([^<]*)</span>', r"\1", notice.html)
    for label, words in {
        "Reference": lead.reference,
        "Company": "Nordwind Retail, nordwind.example",
        "Contact": contact,
        "Employees": "51–200",
        "Agents": "5",
        "Annual value": value,
        "Meets the criteria": "yes",
        "Decision promised by": "Thursday, 26 Nov 2026",
    }.items():
        assert f"\n{label}: {words}\n" in notice.text
        assert f'<th scope="row">{label}</th><td>{words}</td>' in html


@pytest.mark.database
def test_the_notice_leads_to_the_lead_in_the_admin(client, partner_user, draft, outbox, sales_user):
    submitted = drafts.submit(draft.pk, partner_user, AT)
    notice = outbox.get(subject__startswith="New lead")
    sign_in(client, sales_user)
    (link,) = set(re.findall(r"http://[^\s\"]+/admin/[^\s\"]+", notice.text + notice.html))
    assert client.get(urlsplit(link).path).url == f"/admin/leads/lead/{submitted.pk}/change/"
