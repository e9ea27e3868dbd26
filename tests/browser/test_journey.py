"""The main job in a real Chromium: a partner submits, sales decide, the partner is credited."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import User
from leads.models import Draft, Lead

scripts = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])

CONTACT = {
    "Company name": "Nordwind Retail",
    "Company domain": "https://www.nordwind.example/contact?x=1",
    "First name": "Zoë",
    "Last name": "Ångström",
    "Work email": "zoe@nordwind.example",
    "Job title": "Head of support",
    "Phone number": "21 23 45 67",
}


def fill_contact(page: Page) -> None:
    for label, value in CONTACT.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Country").fill("Norway")
    page.get_by_label("51–200").check()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def choose_plan(line: Locator, plan: str) -> None:
    """Choose the plan in a line; its option says what it costs, too."""
    select = line.get_by_label("Product and plan")
    option = select.locator("option").filter(has_text=re.compile(rf"^\s*{plan}\b"))
    select.select_option(option.get_attribute("value"))


def choose_line(page: Page, index: int, plan: str, agents: str) -> None:
    line = page.get_by_role("group", name=f"Product {index}", exact=True)
    choose_plan(line, plan)
    line.get_by_label("Agents").fill(agents)


def submit_bundle(page: Page) -> str:
    """Submit five agents of two products for a share, and return the lead's reference."""
    page.goto("/solution/leads/")
    page.get_by_role("link", name="Submit a lead").click()
    fill_contact(page)
    press(page, "Save and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")
    choose_line(page, 1, "LiveChat Business", "5")
    press(page, "Add another product")
    choose_line(page, 2, "HelpDesk Team", "5")
    page.get_by_label("10% of the annual value").check()
    press(page, "Save and continue")
    expect(page.get_by_text("10% of $5,280.00 = $528.00")).to_be_visible()
    page.get_by_label("Include me in the email communication").check()
    page.locator("[name=lead_is_informed]").check()
    page.locator("[name=accepts_requirements]").check()
    press(page, "Submit lead")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lead submitted")
    return page.locator(".confirmation-reference").inner_text()


@scripts
@pytest.mark.django_db(transaction=True)
def test_lead_is_submitted_approved_won_and_credited(
    open_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    partner_user: User,
    sales_user: User,
    javascript: bool,
) -> None:
    partner, sales = open_page(javascript=javascript), open_page(javascript=javascript)
    sign_in(partner, partner_user)
    sign_in(sales, sales_user)

    reference = submit_bundle(partner)
    assert Lead.objects.get().reference == reference
    assert Draft.objects.get().answers == {}

    sales.goto("/admin/leads/lead/")
    sales.get_by_role("link", name="Nordwind Retail").click()
    sales.get_by_role("link", name="Approve").click()
    press(sales, "Approve")
    partner.goto(f"/solution/leads/{reference}/")
    expect(partner.locator(".page-heading .status")).to_have_text("Approved for further review")

    sales.goto(f"/admin/leads/lead/{Lead.objects.get().pk}/change/")
    sales.get_by_role("link", name="Mark as won").click()
    expect(sales.get_by_text("10% of $5,280.00 = $528.00").first).to_be_visible()
    press(sales, "Mark as won")

    partner.reload()
    expect(partner.locator(".page-heading .status")).to_have_text("Won")
    expect(partner.get_by_text("Your account has been credited with $528.00.")).to_be_visible()
    partner.get_by_role("link", name="Commissions").last.click()
    expect(partner.get_by_role("heading", level=1)).to_have_text("Commissions")
    expect(partner.get_by_role("link", name=reference)).to_be_visible()
    expect(partner.get_by_text("$528.00").first).to_be_visible()
    entry = LedgerEntry.objects.get()
    assert (str(entry.amount), entry.reference) == ("528.00", reference)


@scripts
@pytest.mark.django_db(transaction=True)
def test_invalid_input_is_shown_again_with_errors(
    open_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    partner_user: User,
    javascript: bool,
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, partner_user)
    page.goto("/solution/leads/submit/")
    page.get_by_label("Company name").fill("Nordwind Retail")
    page.get_by_label("Company domain").fill("localhost")
    press(page, "Save and continue")
    expect(page).to_have_title("Error: Contact (1 of 3) – Submit a lead – LiveChat lead portal")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="localhost").click()
    expect(page.get_by_label("Company domain")).to_be_focused()
    expect(page.get_by_label("Company domain")).to_have_value("localhost")
    address = re.split("[?#]", page.url)[0]
    page.goto("/solution/leads/")
    page.get_by_role("link", name="Continue: Nordwind Retail").click()
    assert page.url.startswith(address)
    expect(page.get_by_label("Company domain")).to_have_value("localhost")


@pytest.fixture
def deal_page(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> Page:
    """The second page of a small company's lead, with scripts."""
    page = open_page()
    sign_in(page, partner_user)
    page.goto("/solution/leads/submit/")
    fill_contact(page)
    page.get_by_label("1–50").check()
    press(page, "Save and continue")
    return page


@pytest.mark.django_db(transaction=True)
def test_sums_follow_the_lines_while_they_are_typed(deal_page: Page) -> None:
    choose_line(deal_page, 1, "LiveChat Business", "3")
    fee = deal_page.locator(".estimate-option", has_text="Fixed fee")
    share = deal_page.locator(".estimate-option", has_text="10% of the annual value")
    expect(share).to_contain_text("10% of $2,124.00 = $212.40")
    expect(fee).to_contain_text("Pays $287.60 more")
    expect(deal_page.get_by_text("This is smaller than what sales looks for")).to_be_visible()
    choose_line(deal_page, 1, "LiveChat Business", "10")
    expect(share).to_contain_text("10% of $7,080.00 = $708.00")
    expect(share).to_contain_text("Pays $208.00 more")
    expect(deal_page.get_by_text("12 × 10 agents × $59.00 = $7,080.00")).to_be_visible()
    expect(deal_page.get_by_text("This is smaller than what sales looks for")).to_be_hidden()
    expect(deal_page.locator("[data-autosave-status]")).to_have_text("Saved")
    deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("10")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slides_off", [False, True], ids=["clicked", "slid off"])
def test_button_stays_under_the_pointer_while_it_is_pressed(
    deal_page: Page, slides_off: bool
) -> None:
    choose_line(deal_page, 1, "LiveChat Business", "10")
    deal_page.get_by_label("10% of the annual value").check()
    share = deal_page.locator(".estimate-option", has_text="10% of the annual value")
    expect(share).to_contain_text("$708.00")
    held: list[Route] = []
    is_pressed = False
    deal_page.route(
        "**/estimate/", lambda route: route.continue_() if is_pressed else held.append(route)
    )
    deal_page.get_by_label("Agents").fill("3")
    deal_page.get_by_role("button", name="Save and continue").hover()
    deal_page.mouse.down()
    with deal_page.expect_response("**/estimate/") as preview:
        is_pressed = True
        for route in held:
            route.continue_()
    assert preview.value.finished() is None
    deal_page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    expect(share).to_contain_text("$708.00")
    if slides_off:
        deal_page.mouse.move(0, 0)
    deal_page.mouse.up()
    if slides_off:
        expect(share).to_contain_text("$212.40")
        expect(deal_page.get_by_text("This is smaller than what sales looks for")).to_be_visible()
    else:
        heading = deal_page.get_by_role("heading", level=1)
        expect(heading).to_have_text("Involvement and agreements")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_on_one_draft_lose_nothing(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> None:
    first = open_page()
    sign_in(first, partner_user)
    first.goto("/solution/leads/submit/")
    first.get_by_label("Company name").fill("Nordwind Retail")
    first.get_by_label("Company name").blur()
    saved = first.locator("[data-autosave-status]")
    expect(saved).to_have_text("Saved")
    second = first.context.new_page()
    second.goto(first.url)
    second.get_by_label("First name").fill("Zoë")
    second.get_by_label("First name").blur()
    expect(second.locator("[data-autosave-status]")).to_have_text("Saved")
    first.get_by_label("Last name").fill("Ångström")
    first.get_by_label("Last name").blur()
    expect(saved).to_have_text("Saved")
    first.reload()
    names: dict[str, Any] = Draft.objects.get().answers
    assert names == {
        "company_name": "Nordwind Retail",
        "first_name": "Zoë",
        "last_name": "Ångström",
    }
    expect(first.get_by_label("First name")).to_have_value("Zoë")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what `selector` names has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} cannot be reached by Tab.")


@pytest.mark.django_db(transaction=True)
def test_complete_form_by_keyboard_on_a_phone(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> None:
    page = open_page(phone=True)
    sign_in(page, partner_user)
    page.goto("/solution/leads/submit/")
    for name, keys in {
        "company_name": "Nordwind Retail",
        "domain": "nordwind.example",
        "first_name": "Zoë",
        "last_name": "Ångström",
        "contact_email": "zoe@nordwind.example",
        "region": "Norway",
    }.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(keys)
    tab_to(page, "[name=employees]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")
    tab_to(page, "[name=lines-0-plan]")
    page.keyboard.type("LiveChat Business")
    tab_to(page, "[name=lines-0-agents]")
    page.keyboard.type("5")
    tab_to(page, "[name=commission_type]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Involvement and agreements")
    for name in ("not_involved", "lead_is_informed", "accepts_requirements"):
        tab_to(page, f"[name={name}]")
        page.keyboard.press("Space")
    tab_to(page, "[name=action][value=submit].btn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lead submitted")


def test_plan_priced_per_account_has_no_agents_without_a_script_either(
    open_page: Callable[..., Page], db: None
) -> None:
    page = open_page(javascript=False)
    page.goto("/what-would-i-earn/")
    choose_line(page, 1, "LiveChat Business", "5")
    choose_plan(page.get_by_role("group", name="Product 1"), "ChatBot Team")
    expect(page.get_by_label("Agents")).to_be_hidden()
    press(page, "Recalculate")
    expect(page.locator("#line-0-words")).to_have_text(
        "12 × $142.00 = $1,704.00 (Priced per account: the number of agents is ignored.)"
    )
    choose_plan(page.get_by_role("group", name="Product 1"), "LiveChat Business")
    expect(page.get_by_label("Agents")).to_have_value("5")
