"""A page that comes back shows what was typed last, in Firefox and in WebKit."""

import time

import pytest

from leads.models import Draft

pytestmark = [pytest.mark.any_database, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CONTACT = {
    "company_name": "Nordwind Retail",
    "domain": "nordwind.example",
    "first_name": "Anna",
    "last_name": "Lindqvist",
    "contact_email": "anna@nordwind.example",
}


@pytest.fixture
def contact_page(tab, sign_in, visit, partner_user):
    """Page 1 of a new draft, filled in."""
    sign_in(partner_user)
    visit("/solution/leads/submit/")
    for name, value in CONTACT.items():
        tab.type(f"[name={name}]", value)
    tab.choose("[name=region]", "Sweden")
    tab.click("[name=employees][value='1-50']")
    return tab


def go_on(tab):
    tab.click("[name=action][value=continue].btn")


def test_page_1_comes_back_with_what_was_typed(contact_page):
    go_on(contact_page)
    contact_page.sees("What are they likely to buy?")
    contact_page.back()
    contact_page.sees("Who is the potential customer?")
    time.sleep(1)
    assert {n: contact_page.value(f"[name={n}]") for n in CONTACT} == CONTACT
    contact_page.click("[name=action][value=later]")
    contact_page.sees("Your draft is saved")
    assert Draft.objects.get().answers.items() >= CONTACT.items()
