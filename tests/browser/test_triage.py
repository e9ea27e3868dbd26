"""Sales' morning in a real Chromium: the queue, one lead, each move, with scripts and without."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from leadportal.partners import suspension
from leadportal.partners.models import User
from leadportal.ui.bulk import BulkView
from leads.models import Lead
from leads.status import Status
from tests.browser.test_journey import choose_plan
from tests.factories import BUNDLE_5, LeadFactory, follow
from tests.leads.triage_pages import MOVES, QUEUE, address

scripts = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def at_work(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], sales_user: User
) -> Callable[..., Page]:
    """Open a page of a browser in which sales are signed in, with `open_page`'s options."""

    def opened(**options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, sales_user)
        return page

    return opened


@pytest.fixture
def queue(partner_user: User) -> list[Lead]:
    """Three submitted leads, the one that has waited longest first."""
    return [
        LeadFactory(
            partner=partner_user.partner,
            submitted_by=partner_user,
            company_name=name,
            submitted_at=timezone.now() - timedelta(days=days),
        )
        for name, days in (("Acme", 9), ("Globex", 2), ("Initech", 1))
    ]


@pytest.fixture
def approved(partner_user: User) -> Lead:
    return LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        company_name="Nordwind Retail",
        status=Status.APPROVED,
        lines=BUNDLE_5,
    )


def press(page: Page, name: str) -> None:
    """Press the button of that name below the decision, not one that looks alike."""
    page.locator(".decision-buttons").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_other_leads_of_the_domain_are_completely_visible(at_work, approved, phone):
    LeadFactory(domain=approved.domain, status=Status.APPROVED)
    page = at_work(phone=phone)
    page.goto(address(approved))
    section = page.get_by_role("region", name="Other leads for")
    expect(section.get_by_text("Approved for further review")).to_be_visible()
    assert section.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_queue_is_completely_visible_beside_its_filters(at_work, queue, superuser):
    queue[0].annual_value, queue[0].company_name = 28320, "Nordwind Wholesale"
    queue[0].save()
    suspension.suspend(queue[0].partner, "Under review", superuser)
    page = at_work()
    page.goto(QUEUE)
    expect(page.get_by_text("overdue since")).to_be_visible()
    results = page.locator("#changelist .results")
    assert results.evaluate("box => box.scrollWidth - box.clientWidth") == 0


@scripts
def test_sales_clear_the_queue_lead_by_lead(at_work, queue, javascript):
    page = at_work(javascript=javascript)
    page.goto(QUEUE)
    page.get_by_role("link", name="Acme").click()
    page.get_by_role("link", name="Approve", exact=True).click()
    press(page, "Approve")
    expect(page.get_by_text("is now Approved for further review.")).to_be_visible()

    page.get_by_role("link", name="Next in the queue: Globex").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Globex")
    page.get_by_role("link", name="Reject", exact=True).click()
    expect(page.get_by_text("This is final.")).to_be_visible()
    press(page, "Reject")
    expect(page.get_by_role("alert")).to_contain_text("Choose a reason.")
    page.get_by_label("Duplicate of another lead").check()
    press(page, "Reject")
    expect(page.get_by_role("link", name="Next in the queue: Initech")).to_be_visible()

    assert [lead.status for lead in Lead.objects.order_by("submitted_at")] == [
        Status.APPROVED,
        Status.REJECTED,
        Status.SUBMITTED,
    ]


@scripts
def test_a_win_is_priced_and_credited(at_work, approved, javascript):
    page = at_work(javascript=javascript)
    page.goto(address(approved, "win"))
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("10% of $5,280.00 = $528.00")

    page.get_by_role("button", name="Add a line").click()
    page.wait_for_load_state()
    third = page.get_by_role("group", name="Line 3")
    choose_plan(third, "LiveChat Enterprise")
    third.get_by_label("Agents").fill("80")
    if not javascript:
        press(page, "Refresh the preview")
        expect(third).to_contain_text("LiveChat Enterprise has no list price")
    expect(outcome).to_contain_text("Line 3: LiveChat Enterprise has no list price")
    expect(outcome).to_contain_text("The email is shown once the commission can be computed.")

    third.get_by_label("Agreed price per month").fill("$10.00")
    if not javascript:
        press(page, "Refresh the preview")
    expect(third).to_contain_text("12 × 80 agents × $10.00 (agreed) = $9,600.00")
    expect(outcome).to_contain_text("10% of $14,880.00 = $1,488.00")
    expect(outcome.locator("pre")).to_contain_text("credited with $1,488.00")

    press(page, "Mark as won")
    expect(page.get_by_text("$1,488.00 was credited to Brightside Consulting.")).to_be_visible()
    page.goto(address(approved))
    expect(page.get_by_role("region", name="Deal as won")).to_contain_text(
        "10% of $14,880.00 = $1,488.00"
    )


def test_the_email_preview_follows_what_is_typed(at_work, queue):
    page = at_work()
    page.goto(address(queue[0], "reject"))
    page.wait_for_load_state()
    mail = page.locator("#outcome pre")

    page.get_by_label("Below the criteria").check()
    expect(mail).to_contain_text("Reason: Below the criteria")
    page.get_by_label("Message to the partner").fill("Come back when you are five.")
    expect(mail).to_contain_text("Come back when you are five.")
    expect(page.get_by_role("button", name="Refresh the preview")).to_be_hidden()


def test_a_lead_is_approved_by_keyboard_alone(at_work, queue):
    page = at_work()
    page.goto(address(queue[0]))
    page.get_by_role("link", name="Approve", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Message to the partner").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Note for staff (optional)")).to_be_focused()
    page.keyboard.type("Called them.")
    page.keyboard.press("Tab")
    expect(page.locator(".decision-buttons button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is now Approved for further review.")).to_be_visible()


def test_enter_in_a_field_of_a_win_wins_nothing(at_work, approved):
    page = at_work()
    page.goto(address(approved, "win"))
    page.get_by_role("group", name="Line 1").get_by_label("Agents").press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="Mark as won")).to_be_visible()
    assert Lead.objects.get(pk=approved.pk).status == Status.APPROVED


def test_all_of_a_filter_are_rejected_at_once(at_work, queue):
    for _ in range(30):
        LeadFactory(employees="1-50", lines=(("livechat", "team", 2),))
    page = at_work()
    page.goto(f"{QUEUE}?meets_criteria__exact=0")
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_role("button", name="Select all 30 leads").click()
    page.get_by_label("Action:").select_option(label="Reject selected leads")
    page.get_by_role("button", name="Go").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Reject 30 leads")
    page.get_by_label("Below the criteria").check()
    press(page, "Reject 30 leads")
    expect(page.get_by_text("30 leads are now Rejected.")).to_be_visible()
    assert Lead.objects.filter(status=Status.REJECTED).count() == 30
    assert Lead.objects.filter(status=Status.SUBMITTED).count() == 3


def test_a_filter_of_many_is_decided_step_by_step(at_work, queue, monkeypatch, assert_well_made):
    monkeypatch.setattr(BulkView, "step", 10)
    LeadFactory(status=Status.REJECTED, company_name="Decided")
    for _ in range(24):
        LeadFactory(employees="1-50", lines=(("livechat", "team", 2),))
    page = at_work()
    page.goto(f"{QUEUE}?status=all")
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_role("button", name="Select all 28 leads").click()
    page.get_by_label("Action:").select_option(label="Reject selected leads")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("This is done in steps of 10")).to_be_visible()
    page.get_by_label("Below the criteria").check()

    # The last step is held back, so that the page between can be looked at.
    held: list[Route] = []
    page.route("**/*", lambda route: hold(route, held))
    press(page, "Reject 27 leads")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "20")
    expect(page.get_by_role("link", name="Stop and go back")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    assert_well_made(page)
    held.pop().continue_()

    expect(page.get_by_role("heading", level=1)).to_have_text("27 of 28 leads decided")
    expect(page.get_by_role("region", name="Not changed: 1")).to_contain_text("Decided")
    assert_well_made(page)
    assert Lead.objects.filter(status=Status.REJECTED).count() == 28


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_page_between_comes_back_by_back(at_work, queue, javascript):
    page = at_work(javascript=javascript)
    page.goto(f"{QUEUE}?status=submitted")
    for checkbox in page.locator("input.action-select").all():
        checkbox.check()
    page.get_by_label("Action:").select_option(label="Reject selected leads")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Below the criteria").check()
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile(r"status=submitted"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reject 3 leads")
    page.get_by_label("Below the criteria").check()
    press(page, "Reject 3 leads")
    expect(page.get_by_text("3 leads are now Rejected.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_steps_go_on_by_a_button_without_scripts(at_work, queue, monkeypatch):
    monkeypatch.setattr(BulkView, "step", 1)
    page = at_work(javascript=False)
    page.goto(QUEUE)
    for checkbox in page.locator("input.action-select").all():
        checkbox.check()
    page.get_by_label("Action:").select_option(label="Approve selected leads")
    page.get_by_role("button", name="Go").click()
    press(page, "Approve 3 leads")
    for done in "1", "2":
        expect(page.get_by_role("progressbar")).to_have_attribute("value", done)
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("3 leads are now Approved for further review.")).to_be_visible()


def hold(route: Route, held: list[Route]) -> None:
    """Let everything pass but the job's last step."""
    counts = dict(parse_qsl(route.request.post_data or ""))
    if int(counts.get("done", 0)) + int(counts.get("refused", 0)) == 20:
        held.append(route)
    else:
        route.continue_()


def test_of_two_people_at_once_the_second_reads_who_was_first(
    at_work, open_page, sign_in, superuser, queue
):
    first, second = at_work(), open_page()
    sign_in(second, superuser)
    for page, word in ((first, "approve"), (second, "reject")):
        page.goto(address(queue[0], word))
    press(first, "Approve")
    expect(first.get_by_text("is now Approved for further review.")).to_be_visible()

    second.get_by_label("Message to the partner").fill("Not for us this time.")
    notice = second.get_by_role("alert")
    expect(notice).to_contain_text("Already decided: Approved for further review, by Sally Sales")
    expect(second.get_by_label("Message to the partner")).to_have_value("Not for us this time.")
    second.get_by_label("Other", exact=True).check()
    press(second, "Reject")
    expect(notice).to_contain_text("Nothing was changed.")
    expect(second.get_by_label("Message to the partner")).to_have_value("Not for us this time.")
    second.get_by_role("link", name="Back to the lead").click()
    expect(second).to_have_url(address(queue[0]))
    expect(second.get_by_role("region", name="History")).to_contain_text(
        "Approved for further review by Sally Sales"
    )


def test_every_page_with_errors_is_accessible_and_narrow(
    at_work, queue, approved, assert_well_made
):
    page = at_work()
    for lead, word in ((queue[0], "reject"), (approved, "win"), (approved, "lose")):
        page.goto(address(lead, word))
        page.wait_for_load_state()
        page.get_by_label("Message to the partner").fill("")
        if word != "win":
            page.get_by_label("Other", exact=True).check()  # the reason without a usual text
        else:
            page.get_by_role("group", name="Line 1").get_by_label("Agents").fill("none")
        page.locator("button[value=decide]").click()
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        assert page.title().startswith("Error: ")
        assert_well_made(page)
        summary.get_by_role("link", name="Write a message to the partner.").click()
        expect(page.get_by_label("Message to the partner")).to_be_focused()
    assert set(MOVES) >= {"reject", "win", "lose"}


def test_the_pages_of_many_are_accessible_and_narrow(at_work, queue, assert_well_made):
    page = at_work()
    page.goto(QUEUE)
    for checkbox in page.locator("input.action-select").all():
        checkbox.check()
    page.get_by_label("Action:").select_option(label="Approve selected leads")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 3 leads")
    assert_well_made(page)

    follow(queue[0], Status.REJECTED, queue[0].submitted_by)
    press(page, "Approve 3 leads")
    expect(page.get_by_role("region", name="Not changed: 1")).to_contain_text("Acme")
    assert_well_made(page)
