"""Signed out in the middle of a form: everything that was typed is still there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from leadportal.interrupted.models import InterruptedForm
from leadportal.partners.models import User
from leads.models import Draft, Lead
from leads.status import Status
from tests.browser.test_coming_back import is_stored
from tests.browser.test_journey import choose_plan, press
from tests.factories import BUNDLE_5, PASSWORD, LeadFactory
from tests.leads.answers import draft_of
from tests.leads.triage_pages import address

pytestmark = pytest.mark.django_db(transaction=True)

scripts = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
SignIn = Callable[[Page, User], None]


def sign_out(page: Page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def sign_in_by_form(page: Page, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def approved(partner_user: User) -> Lead:
    return LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        status=Status.APPROVED,
        lines=BUNDLE_5,
    )


@scripts
def test_page_of_a_lead_comes_back_after_signing_in(
    open_page: Callable[..., Page],
    sign_in: SignIn,
    partner_user: User,
    javascript: bool,
    assert_well_made: Callable[[Page], None],
) -> None:
    draft, page = draft_of(partner_user), open_page(javascript=javascript)
    sign_in(page, partner_user)
    page.goto(f"/solution/leads/submit/{draft.pk}/contact/")
    sign_out(page)
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Job title").fill("")
    press(page, "Save and continue")
    expect(page.get_by_role("status")).to_contain_text("the form comes back with what you typed")
    sign_in_by_form(page, partner_user)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Nothing was sent yet.")
    expect(notice).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Zoë")
    expect(page.get_by_label("Job title")).to_have_value("")
    assert Draft.objects.get().answers["first_name"] == "Anna"
    if javascript:
        assert_well_made(page)
    press(page, "Save and finish later")
    answers = Draft.objects.get().answers
    assert answers["first_name"] == "Zoë"
    assert "job_title" not in answers


def test_decision_comes_back_with_its_lines_and_sums(
    page: Page, sign_in: SignIn, sales_user: User, approved: Lead
) -> None:
    sign_in(page, sales_user)
    page.goto(address(approved, "win"))
    page.get_by_role("button", name="Add a line").click()
    third = page.get_by_role("group", name="Line 3")
    choose_plan(third, "LiveChat Enterprise")
    third.get_by_label("Agents").fill("80")
    third.get_by_label("Agreed price per month").fill("100")
    expect(page.locator("#outcome pre")).to_contain_text("LiveChat Enterprise")
    total = page.locator("#outcome .estimate-sum").inner_text()
    sign_out(page)
    page.get_by_label("Message to the partner").fill("Well done.")
    page.locator(".decision-buttons").get_by_role("button", name="Mark as won").click()
    sign_in_by_form(page, sales_user)
    expect(third.get_by_label("Agreed price per month")).to_have_value("100")
    expect(page.get_by_label("Message to the partner")).to_have_value("Well done.")
    expect(page.locator("#outcome .estimate-sum")).to_have_text(total)
    page.reload()
    expect(page.get_by_label("Message to the partner")).to_have_value("Well done.")
    assert Lead.objects.get().status == Status.APPROVED
    assert not InterruptedForm.objects.exists()


def test_decision_goes_on_after_signing_in_in_another_tab(
    page: Page, sign_in: SignIn, sales_user: User, approved: Lead
) -> None:
    sign_in(page, sales_user)
    page.goto(address(approved, "lose"))
    sign_out(page)
    page.get_by_label("Message to the partner").fill("They chose somebody else.")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("You have been signed out.")
    expect(page.get_by_label("Password")).to_have_count(0)
    with page.expect_popup() as opened:
        problem.get_by_role("link").click()
    sign_in_by_form(opened.value, sales_user)
    expect(opened.value.get_by_role("button", name="Sign out")).to_be_visible()
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(problem).to_have_count(0)
    expect(page.get_by_label("Message to the partner")).to_have_value("They chose somebody else.")
    page.get_by_label("No budget").check()
    page.locator(".decision-buttons").get_by_role("button", name="Mark as lost").click()
    expect(page.get_by_text("Lost").first).to_be_visible()
    assert Lead.objects.get().status == Status.LOST


def test_autosave_goes_on_after_signing_in_in_another_tab(
    page: Page, sign_in: SignIn, partner_user: User
) -> None:
    draft = draft_of(partner_user)
    sign_in(page, partner_user)
    page.goto(f"/solution/leads/submit/{draft.pk}/contact/")
    sign_out(page)
    page.get_by_label("Job title").fill("Owner")
    status = page.locator("[data-autosave-status]")
    expect(status).to_contain_text("Not saved. You have been signed out.")
    with page.expect_popup() as opened:
        status.get_by_role("link", name="Sign in again").click()
    sign_in_by_form(opened.value, partner_user)
    expect(opened.value.get_by_role("button", name="Sign out").last).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(status).to_have_text("Saved")
    is_stored("job_title", "Owner", page)
    press(page, "Save and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")


def test_page_of_one_user_writes_nothing_for_another(
    page: Page,
    sign_in: SignIn,
    partner_user: User,
    teammate: User,
    assert_well_made: Callable[[Page], None],
) -> None:
    draft = draft_of(partner_user)
    sign_in(page, partner_user)
    page.goto(f"/solution/leads/submit/{draft.pk}/contact/")
    sign_in(page, teammate)
    page.get_by_label("Job title").fill("Owner")
    status = page.locator("[data-autosave-status]")
    expect(status).to_contain_text("somebody else has since signed in")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page belongs to another user")
    assert_well_made(page)
    assert Draft.objects.get().answers["job_title"] == "Head of support"


def test_form_that_is_gone_shows_what_was_typed(
    page: Page,
    sign_in: SignIn,
    partner_user: User,
    teammate: User,
    assert_well_made: Callable[[Page], None],
) -> None:
    draft = draft_of(partner_user)
    sign_in(page, partner_user)
    page.goto(f"/solution/leads/submit/{draft.pk}/contact/")
    sign_out(page)
    page.get_by_label("Job title").fill("Owner of it all")
    press(page, "Save and continue")
    Draft.objects.update(author=teammate)
    sign_in_by_form(page, partner_user)
    expect(page.get_by_role("heading", level=1)).to_have_text("The form is no longer there")
    expect(page.get_by_text("Owner of it all")).to_be_visible()
    assert_well_made(page)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 302, "headers": {"location": "/accounts/login/"}}, "out of date"),
        ({"status": 200, "body": "<form>Sign in</form>"}, "out of date"),
        ({"status": 403, "body": "<html><form>Refused</form>"}, "out of date"),
        ({"status": 404, "body": "<html>"}, "out of date"),
        ({"status": 429, "body": "<html>"}, "too many requests"),
        ({"status": 500, "body": "<html>"}, "went wrong at our end"),
        (None, "cannot be reached"),
    ],
    ids=str,
)
def test_unexpected_answer_replaces_nothing_and_says_why(
    page: Page, sign_in: SignIn, sales_user: User, approved: Lead, answer: Any, words: str
) -> None:
    sign_in(page, sales_user)
    page.goto(address(approved, "lose"))
    before = page.locator("#outcome").inner_text()

    def respond(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif answer is None:
            route.abort()
        else:
            route.fulfill(**{"content_type": "text/html", **answer})

    page.route("**/lose/**", respond)
    page.get_by_label("Note for staff").fill("Ask Sam")
    expect(page.get_by_role("alert")).to_contain_text(words)
    assert page.locator("#outcome").inner_text() == before
    expect(page.get_by_label("Note for staff")).to_have_value("Ask Sam")
    page.unroute("**/lose/**")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert")).to_have_count(0)
