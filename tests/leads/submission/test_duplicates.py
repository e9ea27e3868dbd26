"""What the organization already has for a customer is named on page 1, and keeps from nothing."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Draft
from leads.submission import drafts
from leads.submission.duplicates import NAMED, duplicates
from tests.factories import LeadFactory
from tests.leads.answers import CONTACT, draft_of
from tests.leads.browser import address, autosave, post, text

pytestmark = pytest.mark.database

WARNING = "Your organization already has this customer."


@pytest.fixture
def new_id():
    return uuid4()


def warned(client, draft_id, **typed) -> str:
    """What the page's script shows below the email address."""
    return text(client.post(reverse("leads:warnings", args=[draft_id]), typed))


@pytest.mark.parametrize(
    "typed",
    [
        {"domain": "https://www.acme.example/contact"},
        {"domain": "ACME.example"},
        {"domain": "jo@mail.acme.example"},
        {"contact_email": "jo.wu@other.example"},
        {"contact_email": "Jo.Wu@OTHER.example"},
        {"domain": "unknown.example", "contact_email": "jo.wu@other.example"},
    ],
)
def test_lead_or_draft_of_the_same_domain_or_contact_is_named(
    signed_in, partner_user, new_id, typed
):
    assert WARNING not in warned(signed_in, new_id, **typed)
    lead = LeadFactory(
        partner=partner_user.partner,
        company_name="Acme & Sons",
        domain="acme.example",
        contact_email="Jo.Wu@other.example",
    )
    page = warned(signed_in, new_id, **typed)
    assert WARNING in page
    assert f'href="{lead.get_absolute_url()}"' in page
    assert f"Acme &amp; Sons {lead.reference}" in page
    draft = draft_of(partner_user, {"company_name": "Acme 2", **typed})
    assert f'href="{reverse("leads:resume", args=[draft.pk])}"' in warned(
        signed_in, new_id, **typed
    )


def test_own_draft_those_that_ended_and_other_organizations_are_not_named(
    signed_in, partner_user, stranger, draft
):
    typed = {"domain": CONTACT["domain"], "contact_email": CONTACT["contact_email"]}
    LeadFactory(partner=stranger.partner, domain="nordwind.example")
    draft_of(stranger, CONTACT)
    drafts.discard(draft_of(partner_user, CONTACT).pk, partner_user, timezone.now())
    assert WARNING not in warned(signed_in, draft.pk, **typed)
    for empty in ({}, {"domain": ""}, {"domain": "no domain", "contact_email": "@"}):
        assert WARNING not in warned(signed_in, uuid4(), **empty)


def test_teammates_draft_is_named_and_not_linked(signed_in, teammate, new_id):
    theirs = draft_of(teammate, CONTACT)
    page = warned(signed_in, new_id, domain="nordwind.example")
    assert f"A draft by {teammate}" in page
    assert str(theirs.pk) not in page


def test_page_warns_without_a_script_and_goes_on(signed_in, partner_user, lead, draft):
    lead.domain = "nordwind.example"
    lead.save()
    for place in ("contact", "agreements"):
        assert lead.reference in text(signed_in.get(address(draft.pk, place)))
    response = post(signed_in, draft.pk, "contact", CONTACT)
    assert response.status_code == 302, "a warning keeps from nothing"


def test_few_are_named_and_the_others_are_linked(signed_in, partner_user, new_id):
    for number in range(NAMED + 1):
        LeadFactory(partner=partner_user.partner, domain="acme.example")
        draft_of(partner_user, {"domain": "acme.example", "company_name": f"Draft {number}"})
    page = warned(signed_in, new_id, domain="acme.example")
    assert page.count("<li>Lead") == NAMED
    assert page.count("Your draft") == NAMED
    assert f"{reverse('leads:list')}?q=acme.example" in page


def test_queries_do_not_grow(partner_user, new_id, django_assert_num_queries):
    for _ in range(2):
        for _ in range(5):
            LeadFactory(partner=partner_user.partner, domain="acme.example")
            draft_of(partner_user, CONTACT | {"domain": "acme.example"})
        with django_assert_num_queries(2):
            duplicates(partner_user, new_id, "acme.example", "jo@acme.example")
    with django_assert_num_queries(0):
        assert not duplicates(partner_user, new_id, "", "")


def test_what_a_draft_is_compared_by_follows_its_answers_and_ends_with_them(
    signed_in, partner_user, new_id
):
    def compared():
        return Draft.objects.values_list("domain", "contact_email").get(pk=new_id)

    autosave(signed_in, new_id, domain="https://www.Acme.example/")
    assert compared() == ("acme.example", "")
    autosave(signed_in, new_id, contact_email="Jo@Acme.example")
    assert compared() == ("acme.example", "jo@acme.example")
    autosave(signed_in, new_id, domain="no domain")
    autosave(signed_in, new_id, contact_email="x" * 300 + "@acme.example")
    assert compared() == ("", "")
    autosave(signed_in, new_id, domain="acme.example")
    drafts.discard(new_id, partner_user, timezone.now())
    assert compared() == ("", "")
    sent = draft_of(partner_user)
    drafts.submit(sent.pk, partner_user, timezone.now())
    assert Draft.objects.values_list("domain", "contact_email").get(pk=sent.pk) == ("", "")


@pytest.mark.parametrize("domain", ["linkedin.com/company/other", "gmail.com"])
def test_site_of_many_companies_pages_makes_no_two_of_them_the_same(
    signed_in, partner_user, new_id, domain
):
    draft_of(partner_user, {"company_name": "Acme", "domain": domain})
    assert WARNING not in warned(signed_in, new_id, domain=domain)
