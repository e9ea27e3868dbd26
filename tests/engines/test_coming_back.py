"""A page that comes back shows what was typed last, in Firefox and in WebKit."""

import time

import pytest

from leads.models import Draft
from tests.factories import PASSWORD, LeadFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

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
    tab.type("[name=region]", "Sweden")
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


def test_page_1_comes_back_after_signing_in_again(contact_page, partner_user):
    contact_page.command("DeleteCookies")
    go_on(contact_page)
    contact_page.sees("the form comes back with what you typed")
    contact_page.type("[name=login]", partner_user.email)
    contact_page.type("[name=password]", PASSWORD)
    contact_page.click("main form .btn-primary")
    contact_page.sees("Nothing was sent yet.")
    assert {n: contact_page.value(f"[name={n}]") for n in CONTACT} == CONTACT
    go_on(contact_page)
    contact_page.sees("What are they likely to buy?")


@pytest.fixture
def deal_page(contact_page):
    """Page 2 of that draft: three agents, of which the sums have been shown and saved."""
    go_on(contact_page)
    contact_page.sees("What are they likely to buy?")
    contact_page.choose("[name=lines-0-plan]", "LiveChat Business")
    contact_page.type("[name=lines-0-agents]", "3")
    contact_page.sees("10% of $2,124.00 = $212.40")
    saved(contact_page)
    return contact_page


def saved(tab):
    status = "return document.querySelector('[data-autosave-status]').textContent"
    tab.until(lambda: tab.run(status) == "Saved", "Saved")


def stored(name, value):
    """Wait until the draft holds this answer."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if Draft.objects.get().answers.get(name) == value:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} is {Draft.objects.get().answers.get(name)!r}, not {value!r}")


def test_back_in_the_middle_of_typing_loses_nothing(deal_page):
    deal_page.retype("[name=lines-0-agents]", "10")
    deal_page.back()
    deal_page.sees("Who is the potential customer?")
    stored("lines-0-agents", "10")
    deal_page.type("[name=company_name]", " AG")
    saved(deal_page)
    stored("company_name", "Nordwind Retail AG")
    deal_page.forward()
    deal_page.sees("What are they likely to buy?")
    deal_page.holds("[name=lines-0-agents]", "10")
    deal_page.sees("10% of $7,080.00 = $708.00")
    deal_page.retype("[name=lines-0-agents]", "20")
    saved(deal_page)
    stored("lines-0-agents", "20")


def test_reload_in_the_middle_of_typing_shows_what_was_typed(deal_page):
    deal_page.retype("[name=lines-0-agents]", "10")
    deal_page.reload()
    deal_page.holds("[name=lines-0-agents]", "10")
    deal_page.sees("10% of $7,080.00 = $708.00")
    stored("lines-0-agents", "10")


def test_sums_match_the_fields_after_leaving_and_coming_back(deal_page):
    deal_page.retype("[name=lines-0-agents]", "10")
    deal_page.sees("10% of $7,080.00 = $708.00")
    saved(deal_page)
    deal_page.click(".sidebar a[href='/what-would-i-earn/']")
    deal_page.sees("Based on today's prices and terms")
    deal_page.back()
    deal_page.sees("What are they likely to buy?")
    deal_page.holds("[name=lines-0-agents]", "10")
    deal_page.sees("10% of $7,080.00 = $708.00")


def test_page_with_errors_comes_back(tab, sign_in, visit, partner_user):
    sign_in(partner_user)
    visit("/solution/leads/submit/")
    tab.type("[name=company_name]", "Nordwind Retail")
    go_on(tab)
    tab.sees("There is a problem")
    tab.type("[name=domain]", "nordwind.example")
    tab.click(".sidebar a[href='/what-would-i-earn/']")
    tab.sees("Based on today's prices and terms")
    tab.back()
    tab.sees("Who is the potential customer?")
    tab.holds("[name=company_name]", "Nordwind Retail")
    tab.holds("[name=domain]", "nordwind.example")
    stored("domain", "nordwind.example")


def test_calculator_comes_back_with_its_sums(tab, visit):
    visit("/what-would-i-earn/")
    tab.choose("[name=lines-0-plan]", "LiveChat Business")
    tab.type("[name=lines-0-agents]", "3")
    tab.sees("10% of $2,124.00 = $212.40")
    tab.retype("[name=lines-0-agents]", "10")
    tab.click("a.brand")
    tab.sees("Lead portal")
    tab.until(lambda: "earn" not in tab.address, "the home page")
    tab.back()
    tab.sees("Based on today's prices and terms")
    tab.holds("[name=lines-0-agents]", "10")
    tab.sees("10% of $7,080.00 = $708.00")


def test_nothing_is_shown_after_signing_out(tab, sign_in, visit, partner_user, lead):
    sign_in(partner_user)
    visit("/commissions/")
    tab.sees("Available")
    visit("/solution/leads/")
    tab.sees("Nordwind Retail")
    tab.click(".sidebar form[action='/accounts/logout/'] button")
    tab.until(lambda: tab.run("return !document.querySelector('.sidebar')"), "signed out")
    for _ in range(2):
        tab.back()
        time.sleep(1)
        shown = tab.run("return document.documentElement.outerHTML")
        assert "Nordwind" not in shown
        assert "Available" not in shown


def test_win_comes_back_with_the_line_added(tab, sign_in, visit, sales_user, partner_user):
    won = LeadFactory(partner=partner_user.partner, submitted_by=partner_user, status="approved")
    sign_in(sales_user)
    visit(f"/admin/leads/lead/{won.pk}/change/")
    tab.click("a[href*='/win/']")
    tab.sees("Email to the partner")
    tab.click("[name=do][value=add-line]")
    tab.choose("[name=lines-1-plan]", "HelpDesk Team")
    tab.type("[name=lines-1-agents]", "5")
    tab.retype("[name=message]", "Well done.")
    tab.sees("10% of $5,280.00 = $528.00")
    tab.click(".breadcrumbs a[href*='/change/']")
    tab.sees("Mark as won")
    tab.until(lambda: "win" not in tab.address, "the lead")
    tab.back()
    tab.sees("Email to the partner")
    tab.holds("[name=lines-1-agents]", "5")
    tab.holds("[name=message]", "Well done.")
    tab.sees("10% of $5,280.00 = $528.00")
    tab.back()
    time.sleep(1)
    assert tab.text.strip()


def test_billing_details_come_back(tab, sign_in, visit, partner_user):
    sign_in(partner_user)
    visit("/commissions/billing/")
    tab.type("[name=company]", "Brightside Ltd")
    tab.type("[name=vat]", "DE123")
    tab.click(".sidebar a[href='/what-would-i-earn/']")
    tab.sees("Based on today's prices and terms")
    tab.back()
    tab.holds("[name=company]", "Brightside Ltd")
    tab.holds("[name=vat]", "DE123")
    tab.reload()
    tab.holds("[name=vat]", "DE123")
