"""A page that comes back shows what was typed last: by Back, by reloading, at once or later."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from leadportal.partners.models import User
from leads.models import Draft, Lead
from leads.status import Status
from tests.browser.test_journey import choose_line, choose_plan, fill_contact, press
from tests.factories import BUNDLE_5, LeadFactory

pytestmark = pytest.mark.django_db(transaction=True)

scripts = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
ELSEWHERE = "/what-would-i-earn/"


@pytest.fixture
def contact_page(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> Callable[..., Page]:
    """Open page 1 of a new draft, with `open_page`'s options, and fill it in."""

    def opened(**options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, partner_user)
        page.goto("/solution/leads/submit/")
        fill_contact(page)
        return page

    return opened


@pytest.fixture
def deal_page(contact_page: Callable[..., Page]) -> Page:
    """Page 2 of that draft, three agents typed and saved."""
    page = contact_page()
    press(page, "Save and continue")
    choose_line(page, 1, "LiveChat Business", "3")
    expect(page.get_by_text("10% of $2,124.00 = $212.40")).to_be_visible()
    expect(page.locator("[data-autosave-status]")).to_have_text("Saved")
    return page


def is_stored(name: str, value: str, page: Page) -> None:
    """Wait until the draft holds this answer."""
    for _ in range(100):
        if Draft.objects.get().answers.get(name) == value:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{name} is {Draft.objects.get().answers.get(name)!r}, not {value!r}.")


@scripts
def test_page_1_comes_back_and_overwrites_nothing(
    contact_page: Callable[..., Page], javascript: bool
) -> None:
    page = contact_page(javascript=javascript)
    press(page, "Save and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")
    page.go_back()
    expect(page.get_by_label("First name")).to_have_value("Zoë")
    expect(page.get_by_label("Country")).to_have_value("Norway")
    expect(page.get_by_label("51–200")).to_be_checked()
    press(page, "Save and finish later")
    assert Draft.objects.get().answers["contact_email"] == "zoe@nordwind.example"


@pytest.mark.parametrize("way", ["back", "reload"])
def test_what_is_typed_last_is_not_lost_by_leaving_at_once(deal_page: Page, way: str) -> None:
    deal_page.get_by_label("Agents").fill("10")
    if way == "back":
        deal_page.go_back()
        deal_page.go_forward()
    else:
        deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("10")
    expect(deal_page.get_by_text("10% of $7,080.00 = $708.00")).to_be_visible()
    is_stored("lines-0-agents", "10", deal_page)


def test_autosave_goes_on_after_coming_back(deal_page: Page) -> None:
    deal_page.get_by_label("Agents").fill("10")
    deal_page.go_back()
    deal_page.get_by_label("Company name").fill("Nordwind AG")
    expect(deal_page.locator("[data-autosave-status]")).to_have_text("Saved")
    is_stored("company_name", "Nordwind AG", deal_page)
    is_stored("lines-0-agents", "10", deal_page)


def test_what_could_not_be_saved_is_there_after_a_reload(deal_page: Page) -> None:
    deal_page.route("**/autosave/", lambda route: route.abort())
    deal_page.get_by_label("Agents").fill("10")
    expect(deal_page.locator("[data-autosave-status]")).to_contain_text("Not saved")
    deal_page.unroute("**/autosave/")
    deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("10")
    is_stored("lines-0-agents", "10", deal_page)


def test_what_is_typed_while_a_save_is_under_way_is_saved_after_it(deal_page: Page) -> None:
    held: list[Route] = []
    deal_page.route("**/autosave/", lambda route: held.append(route))
    with deal_page.expect_request("**/autosave/"):
        deal_page.get_by_label("Agents").fill("10")
    deal_page.get_by_label("Agents").fill("20")
    deal_page.get_by_label("Agents").blur()
    deal_page.route("**/autosave/", lambda route: route.continue_())
    for route in held:
        route.continue_()
    is_stored("lines-0-agents", "20", deal_page)
    deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("20")


def test_saved_text_does_not_come_back_over_another_tabs(deal_page: Page) -> None:
    deal_page.get_by_label("Agents").fill("10")
    is_stored("lines-0-agents", "10", deal_page)
    expect(deal_page.locator("[data-autosave-status]")).to_have_text("Saved")
    other = deal_page.context.new_page()
    other.goto(deal_page.url)
    other.get_by_label("Agents").fill("30")
    is_stored("lines-0-agents", "30", other)
    deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("30")
    expect(deal_page.get_by_text("10% of $21,240.00 = $2,124.00")).to_be_visible()


def test_field_emptied_by_hand_stays_empty(contact_page: Callable[..., Page]) -> None:
    page = contact_page()
    expect(page.locator("[data-autosave-status]")).to_have_text("Saved")
    is_stored("job_title", "Head of support", page)
    page.get_by_label("Job title").fill("")
    press(page, "Save and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")
    assert "job_title" not in Draft.objects.get().answers


def test_removed_line_does_not_come_back(deal_page: Page) -> None:
    press(deal_page, "Add another product")
    choose_line(deal_page, 2, "HelpDesk Team", "7")
    deal_page.get_by_role("group", name="Product 1", exact=True).get_by_role(
        "button", name="Remove"
    ).click()
    expect(deal_page.get_by_role("group", name="Product 2", exact=True)).to_be_hidden()
    expect(deal_page.get_by_label("Agents")).to_have_value("7")
    deal_page.reload()
    expect(deal_page.get_by_label("Agents")).to_have_value("7")
    is_stored("lines-0-agents", "7", deal_page)


@pytest.mark.parametrize("way", ["back", "reload"])
def test_calculator_comes_back_with_its_sums(page: Page, way: str) -> None:
    page.goto(ELSEWHERE)
    choose_line(page, 1, "LiveChat Business", "10")
    expect(page.get_by_text("10% of $7,080.00 = $708.00")).to_be_visible()
    page.get_by_label("Agents").fill("3")
    if way == "back":
        page.goto("/")
        page.go_back()
    else:
        page.reload()
    expect(page.get_by_label("Agents")).to_have_value("3")
    expect(page.get_by_text("10% of $2,124.00 = $212.40")).to_be_visible()
    page.goto(f"{ELSEWHERE}?lines-0-agents=7")
    expect(page.get_by_label("Agents")).to_have_value("7")


def test_nothing_private_comes_back_after_signing_out(
    page: Page, sign_in: Callable[[Page, User], None], partner_user: User, lead: Lead
) -> None:
    sign_in(page, partner_user)
    page.goto("/accounts/profile/")
    page.get_by_label("Name").fill("Nobody's business")
    page.goto("/solution/leads/")
    expect(page.get_by_text("Nordwind Retail").first).to_be_visible()
    page.get_by_role("button", name="Sign out").last.click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "Nordwind" not in page.content()


def test_text_of_one_person_is_not_shown_to_the_next_in_the_same_tab(
    page: Page, sign_in: Callable[[Page, User], None], partner_user: User, teammate: User
) -> None:
    sign_in(page, partner_user)
    page.goto("/accounts/profile/")
    page.get_by_label("Name").fill("Nobody's business")
    sign_in(page, teammate)
    page.goto("/accounts/profile/")
    expect(page.get_by_label("Name")).to_have_value("Max Member")
    assert "business" not in page.evaluate("JSON.stringify(sessionStorage)")


@pytest.fixture
def winning(
    page: Page, sign_in: Callable[[Page, User], None], sales_user: User, partner_user: User
) -> Page:
    """The page on which sales mark a lead of two lines as won, come from the lead's."""
    approved = LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        status=Status.APPROVED,
        lines=BUNDLE_5,
    )
    sign_in(page, sales_user)
    page.goto(f"/admin/leads/lead/{approved.pk}/change/")
    page.get_by_role("link", name="Mark as won").click()
    return page


def test_win_comes_back_with_its_lines_and_words(winning: Page) -> None:
    winning.get_by_role("button", name="Add a line").click()
    third = winning.get_by_role("group", name="Line 3")
    choose_plan(third, "LiveChat Enterprise")
    third.get_by_label("Agents").fill("80")
    third.get_by_label("Agreed price per month").fill("100")
    winning.get_by_label("Message to the partner").fill("Well done.")
    expect(winning.locator("#outcome pre")).to_contain_text("LiveChat Enterprise")
    total = winning.locator("#outcome .estimate-sum").inner_text()
    winning.goto("/admin/leads/lead/")
    for _ in range(2):
        winning.go_back()  # the second time, past the page that answered "Add a line"
        expect(third.get_by_label("Agreed price per month")).to_have_value("100")
        expect(winning.get_by_label("Message to the partner")).to_have_value("Well done.")
        expect(winning.locator("#outcome .estimate-sum")).to_have_text(total)
    winning.get_by_role("button", name="Remove line 1").click()
    expect(third).to_be_hidden()
    winning.reload()
    expect(winning.get_by_role("group", name="Line 2")).to_be_visible()
    expect(third).to_be_hidden()
    expect(winning.get_by_label("Message to the partner")).to_have_value("Well done.")


def test_decision_that_was_refused_comes_back_as_typed(winning: Page) -> None:
    winning.get_by_label("Message to the partner").fill("")
    winning.get_by_label("Note for staff").fill("Ask Sam")
    winning.locator(".decision-buttons").get_by_role("button", name="Mark as won").click()
    expect(winning.get_by_role("alert")).to_contain_text("Write a message")
    winning.reload()
    expect(winning.get_by_label("Note for staff")).to_have_value("Ask Sam")
    expect(winning.get_by_label("Message to the partner")).to_have_value("")


def test_adjustment_that_was_posted_does_not_come_back(
    page: Page, sign_in: Callable[[Page, User], None], finance_user: User, partner_user: User
) -> None:
    LeadFactory(partner=partner_user.partner, submitted_by=partner_user, status=Status.WON)
    account = partner_user.partner.account
    sign_in(page, finance_user)
    page.goto(f"/admin/commissions/account/{account.pk}/adjust/")
    page.get_by_label("Amount").fill("25.00")
    page.get_by_label("Reason").fill("A bonus")
    page.goto("/admin/commissions/account/")
    page.go_back()
    expect(page.get_by_label("Amount")).to_have_value("25.00")
    expect(page.get_by_label("Reason")).to_have_value("A bonus")
    page.get_by_role("button", name="Post adjustment").click()
    expect(page.get_by_text("$25.00").first).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Amount")).to_have_value("")


def test_billing_details_come_back(
    page: Page, sign_in: Callable[[Page, User], None], partner_user: User
) -> None:
    sign_in(page, partner_user)
    page.goto("/commissions/billing/")
    page.locator("[name=company]").fill("Brightside Ltd")
    page.locator("[name=vat]").fill("DE123")
    page.locator("[name=country]").fill("Norway")
    page.goto(ELSEWHERE)
    page.go_back()
    expect(page.locator("[name=company]")).to_have_value("Brightside Ltd")
    expect(page.locator("[name=vat]")).to_have_value("DE123")
    expect(page.locator("[name=country]")).to_have_value("Norway")
    press(page, "Save billing details")
    expect(page.get_by_role("alert")).to_be_visible()
    page.reload()
    expect(page.locator("[name=vat]")).to_have_value("DE123")


def test_what_was_refused_is_there_on_back(
    page: Page, sign_in: Callable[[Page, User], None], partner_user: User, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"invite": "1/h/user"}
    sign_in(page, partner_user)
    page.goto("/accounts/team/invite/")
    page.get_by_label("Email").fill("nobody")
    for heading in ("Invite a teammate", "Too many attempts"):
        page.locator("main form .btn-primary").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.go_back()
    expect(page.get_by_label("Email")).to_have_value("nobody")


def test_row_of_djangos_own_form_comes_back(
    page: Page, sign_in: Callable[[Page, User], None], superuser: User, partner_user: User
) -> None:
    sign_in(page, superuser)
    page.goto(f"/admin/partners/partner/{partner_user.partner_id}/change/")
    page.locator("[name=name]").fill("Brightside & Sons")
    page.goto("/admin/")
    page.go_back()
    expect(page.locator("[name=name]")).to_have_value("Brightside & Sons")
    page.locator("[name=_save]").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(f"/admin/partners/partner/{partner_user.partner_id}/change/")
    expect(page.locator("[name=name]")).to_have_value("Brightside & Sons")
    assert "unsaved /admin" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_returning_page_undoes_no_correction_of_a_colleague(
    page: Page, sign_in: Callable[[Page, User], None], sales_user: User, lead: Lead
) -> None:
    sign_in(page, sales_user)
    page.goto(f"/admin/leads/lead/{lead.pk}/correct/")
    page.get_by_label("First name").fill("Zoë")
    page.goto("/admin/")
    Lead.objects.filter(pk=lead.pk).update(last_name="Ångström")
    page.go_back()
    expect(page.get_by_label("First name")).to_have_value("Zoë")
    expect(page.get_by_label("Last name")).to_have_value("Ångström")
    page.get_by_label("Company domain").fill("localhost")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("alert")).to_be_visible()
    Lead.objects.filter(pk=lead.pk).update(last_name="Berg")
    page.reload()
    expect(page.get_by_label("First name")).to_have_value("Zoë")
    expect(page.get_by_label("Company domain")).to_have_value("localhost")
    expect(page.get_by_label("Last name")).to_have_value("Berg")


def test_words_for_many_leads_come_back_for_the_same_choice_only(
    page: Page, sign_in: Callable[[Page, User], None], sales_user: User, lead: Lead
) -> None:
    def choose(move: str) -> None:
        page.goto("/admin/leads/lead/")
        page.get_by_label(f"Select this object for an action - {lead}").check()
        page.locator("[name=action]").first.select_option(label=f"{move} selected leads")
        page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
        page.wait_for_url("**/*selected=*")  # with its script, which keeps what is typed

    sign_in(page, sales_user)
    choose("Reject")
    page.get_by_label("Note for staff").fill("Ask Sam")
    page.reload()
    expect(page.get_by_label("Note for staff")).to_have_value("Ask Sam")
    choose("Approve")
    expect(page.get_by_label("Note for staff")).to_have_value("")
