"""The main journey in Firefox and in WebKit: submitted, approved, won, credited, and back again."""

import pytest

from commissions.ledger.models import LedgerEntry
from leads.models import Draft, Lead
from tests.factories import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CONTACT = {
    "company_name": "Nordwind Retail",
    "domain": "https://www.nordwind.example/contact?x=1",
    "first_name": "Zoë",
    "last_name": "Ångström",
    "contact_email": "zoe@nordwind.example",
    "job_title": "Head of support",
    "phone_number": "21 23 45 67",
    "description": "They want to start\nby Christmas.",
}
CONTACT_PAGE = "Who is the potential customer?"
DEAL_PAGE = "What are they likely to buy?"
LAST_PAGE = "Check your answers"


def press(tab, action, name="action"):
    tab.click(f"button[name={name}][value={action}]:not([aria-hidden])")


def signs_in(tab, visit, user):
    visit("/accounts/login/")
    tab.type("[name=login]", user.email)
    tab.type("[name=password]", PASSWORD)
    tab.click("main form button.btn-primary")
    tab.until(lambda: "/login/" not in tab.address, "signed in")


def signs_out(tab):
    tab.click(".sidebar form[data-sign-out] button, #logout-form button")
    tab.until(lambda: not tab.run("return document.querySelector('meta[name=person]')"), "out")


def shows_contact(tab):
    tab.sees(CONTACT_PAGE)
    for name, value in CONTACT.items():
        tab.holds(f"[name={name}]", value)
    tab.holds("[name=region]", "Norway")
    tab.holds("[name=employees]:checked", "51-200")


def submits(tab, visit):
    """Submit five agents of two products for a share, going back and forward on the way."""
    visit("/solution/leads/submit/")
    for name, value in CONTACT.items():
        tab.type(f"[name={name}]", value)
    tab.type("[name=region]", "Norway")
    tab.click("[name=employees][value='51-200']")
    press(tab, "continue")
    tab.sees(DEAL_PAGE)
    tab.back()
    shows_contact(tab)
    press(tab, "continue")
    tab.sees(DEAL_PAGE)
    tab.choose("[name=lines-0-plan]", "LiveChat Business")
    tab.type("[name=lines-0-agents]", "5")
    press(tab, "add-line")
    tab.choose("[name=lines-1-plan]", "HelpDesk Team")
    tab.type("[name=lines-1-agents]", "5")
    tab.click("[name=commission_type][value=rev_share]")
    tab.sees("10% of $5,280.00 = $528.00")
    press(tab, "continue")
    tab.sees(LAST_PAGE)
    tab.click("[name=is_included_in_communication]")
    tab.click("[name=lead_is_informed]")
    tab.back()
    tab.sees(DEAL_PAGE)
    tab.holds("[name=lines-1-agents]", "5")
    tab.sees("10% of $5,280.00 = $528.00")
    tab.forward()
    tab.sees(LAST_PAGE)
    ticked = "return document.querySelector('[name=lead_is_informed]').checked"
    tab.until(lambda: tab.run(ticked), "the tick of before")
    tab.click("[name=accepts_requirements]")
    press(tab, "submit")
    tab.sees("Lead submitted")
    assert Draft.objects.get().answers == {}


def test_lead_is_submitted_approved_won_and_credited(tab, visit, partner_user, sales_user):
    signs_in(tab, visit, partner_user)
    submits(tab, visit)
    tab.back()
    tab.sees("Lead submitted")  # nothing is sent twice
    lead = Lead.objects.get()
    assert (lead.company_name, lead.description) == (
        "Nordwind Retail",
        "They want to start\nby Christmas.",
    )
    signs_out(tab)

    signs_in(tab, visit, sales_user)
    visit(f"/admin/leads/lead/{lead.pk}/change/")
    tab.click("a[href*='/approve/']")
    tab.sees("Email to the partner")
    tab.retype("[name=message]", "We like it.")
    tab.back()
    tab.sees("Nordwind Retail")
    tab.forward()
    tab.holds("[name=message]", "We like it.")
    press(tab, "decide", "do")
    tab.sees("is now Approved for further review.")
    tab.back()
    tab.sees("Nordwind Retail")
    visit(f"/admin/leads/lead/{lead.pk}/change/")
    tab.click("a[href*='/win/']")
    tab.sees("10% of $5,280.00 = $528.00")
    press(tab, "decide", "do")
    tab.sees("$528.00 was credited to Brightside Consulting.")
    signs_out(tab)

    signs_in(tab, visit, partner_user)
    visit("/commissions/")
    tab.sees(lead.reference)
    tab.sees("$528.00")
    entry = LedgerEntry.objects.get()
    assert (str(entry.amount), entry.reference) == ("528.00", lead.reference)
