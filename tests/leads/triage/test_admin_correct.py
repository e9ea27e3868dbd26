"""Sales mend a contact: the partner's own rules, and a row of history for each correction."""

import re
from html import unescape

import pytest

from leads.fields import CORRECTABLE
from leads.models import Lead, LeadEvent
from tests.factories import LeadFactory
from tests.leads.triage_pages import address, said, text


def typed(lead, **changes):
    return {name: getattr(lead, name) for name in CORRECTABLE} | changes


def as_shown(client, lead):
    """Return what a browser posts when nothing is typed."""
    html = client.get(address(lead, "correct")).content.decode()
    form = html[html.index('<form class="decision"') :]
    inputs = {
        name: unescape(value[1]) if (value := re.search(r'\bvalue="([^"]*)"', tag)) else ""
        for tag, name in re.findall(r'(<input [^>]*name="([^"]+)"[^>]*>)', form)
        if 'type="radio"' not in tag or " checked" in tag
    }
    selects = re.findall(
        r'<select name="([^"]+)".*?<option value="([^"]*)" selected', form, re.DOTALL
    )
    return inputs | dict(selects)


def corrections(lead):
    return LeadEvent.objects.filter(lead=lead, kind=LeadEvent.Kind.CORRECTED)


@pytest.mark.database
def test_a_correction_is_normalized_and_written_into_the_history(sales, sales_user, lead):
    changed = typed(
        lead,
        domain="https://www.bücher.example/impressum",
        contact_email="Anna@BÜCHER.example",
        phone_number="08-123 456 79",
        first_name="  Anne ",
    )

    response = sales.post(address(lead, "correct"), changed)

    assert response.url == address(lead)
    assert said(response) == ["The contact was corrected. The lead's history shows what changed."]
    stored = Lead.objects.get(pk=lead.pk)
    assert stored.domain == "xn--bcher-kva.example"
    assert stored.contact_email == "Anna@xn--bcher-kva.example"
    assert stored.phone_number == "+46812345679"
    assert stored.first_name == "Anne"
    assert "anne lindqvist" in stored.search_text
    [event] = corrections(lead)
    assert event.actor == sales_user
    assert event.fields == "contact_email domain first_name phone_number"
    assert event.text.changes["first_name"] == ["Anna", "Anne"]
    assert stored.status == lead.status


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("company_name", "  ", "Enter the company's name."),
        ("domain", "nonsense", "is not one company's domain"),
        ("domain", "brightside.example", "This is the partner's own domain."),
        ("contact_email", "anna", "Enter an email address"),
        ("phone_number", "12", "Enter a phone number with its country code"),
        ("first_name", "A" * 101, "The limit is 100 characters."),
        ("last_name", "", "Enter the contact's last name."),
        ("region", "", "Enter the country the company is in."),
        ("employees", "", "Choose how many people the company employs."),
    ],
)
def test_what_the_partner_may_not_type_sales_may_not_either(sales, lead, name, value, error):
    response = sales.post(address(lead, "correct"), typed(lead, **{name: value}))

    assert response.status_code == 200
    assert error in text(response)
    assert "Error: " in response.content.decode().partition("</title>")[0]
    assert lead.company_name in response.content.decode().partition("</title>")[0]
    assert not corrections(lead).exists()


def test_only_the_contact_can_be_corrected(sales, lead):
    forged = {"status": "won", "commission_type": "rev_share", "meets_criteria": "", "pk": 9}

    sales.post(address(lead, "correct"), typed(lead, first_name="Anne") | forged)

    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.status, stored.commission_type) == ("submitted", lead.commission_type)
    assert stored.meets_criteria == lead.meets_criteria
    [event] = corrections(lead)
    assert event.fields == "first_name"


@pytest.mark.database
def test_a_colleagues_correction_meanwhile_stays(sales, lead):
    mine, theirs = as_shown(sales, lead), as_shown(sales, lead)

    sales.post(address(lead, "correct"), theirs | {"first_name": "Annika", "last_name": "Lind"})
    sales.post(address(lead, "correct"), mine | {"job_title": "Owner", "last_name": "Lindgren"})

    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.first_name, stored.last_name) == ("Annika", "Lindgren")
    assert stored.job_title == "Owner"
    assert [event.fields for event in corrections(lead).order_by("pk")] == [
        "first_name last_name",
        "job_title last_name",
    ]


@pytest.mark.database
def test_nothing_different_writes_nothing(sales, lead):
    response = sales.post(address(lead, "correct"), as_shown(sales, lead))

    assert said(response) == ["You changed nothing, so nothing was saved."]
    assert not corrections(lead).exists()


def test_a_domain_is_shown_as_people_write_it(sales):
    lead = LeadFactory(domain="xn--bcher-kva.example")

    page = sales.get(address(lead, "correct"))

    assert page.context["form"]["domain"].value() == "bücher.example"


def test_a_doubtful_address_is_a_warning_and_no_error(sales, lead):
    response = sales.post(address(lead, "correct"), typed(lead, contact_email="anna@gmail.com"))

    assert "gmail.com is a free email provider." in said(response)[0]
    assert corrections(lead).exists()


@pytest.mark.parametrize("status", ["approved", "won", "rejected"])
def test_a_decided_lead_can_be_corrected(sales, status):
    lead = LeadFactory(status=status)

    sales.post(address(lead, "correct"), typed(lead, first_name="Anne"))

    assert Lead.objects.get(pk=lead.pk).first_name == "Anne"
