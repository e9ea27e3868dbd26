"""Inviting and joining in a real Chromium: without scripts, by keyboard, narrow, in both themes."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from leadportal.mail.models import OutgoingMail
from leadportal.partners.invitations import token_of
from leadportal.partners.models import Invitation, User
from tests.browser.everything import LONG, TEAM, invited
from tests.factories import PASSWORD, UserFactory


def path_of(invitation: Invitation) -> str:
    return f"/accounts/invitation/{token_of(invitation)}/"


def mailed_link() -> str:
    """Return where the latest mail leads."""
    found = re.search(r"/accounts/invitation/\S+/", OutgoingMail.objects.latest("pk").text)
    assert found
    return found[0]


@pytest.fixture
def signed_in(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None]
) -> Callable[..., Page]:
    """Open a page of a browser in which the user is signed in, with `open_page`'s options."""

    def opened(user: User, **options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, user)
        return page

    return opened


def test_owner_invites_and_the_newcomer_joins_on_a_phone_without_scripts(
    signed_in, open_page, partner_user, outbox
):
    owner = signed_in(partner_user, javascript=False, phone=True)
    owner.goto("/")
    owner.get_by_text("Menu").click()
    owner.get_by_role("link", name="Team", exact=True).click()
    owner.get_by_role("link", name="Invite a teammate").click()
    owner.get_by_label("Their email").fill("Nora@Brightside.example")
    owner.get_by_label("Member: submits leads").check()
    owner.get_by_role("button", name="Send invitation").click()
    expect(owner.get_by_role("status")).to_contain_text("sent to nora@brightside.example")
    expect(owner.get_by_role("button", name="Send again to nora@brightside.exa")).to_be_visible()

    newcomer = open_page(javascript=False, phone=True)
    newcomer.goto(mailed_link())
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("Join Brightside Consulting")
    newcomer.get_by_role("button", name="Join Brightside Consulting").click()
    expect(newcomer).to_have_title(re.compile("^Error: Join Brightside Consulting"))
    newcomer.get_by_role("alert").get_by_role("link", name="Enter your name.").click()
    expect(newcomer.get_by_label("Your name")).to_be_focused()
    newcomer.get_by_label("Your name").fill("Nora Newcomer")
    newcomer.get_by_label("Choose a password").fill("battery horse 7")
    newcomer.get_by_role("button", name="Join Brightside Consulting").click()
    expect(newcomer.get_by_role("heading", level=1)).to_have_text("Leads")
    expect(newcomer.get_by_role("status")).to_contain_text("You are now in the team of Brightside")

    owner.goto(TEAM)
    expect(owner.get_by_role("row", name="Nora Newcomer")).to_contain_text("just now")
    expect(owner.get_by_role("button", name="Send again")).to_have_count(0)


def test_owner_looks_after_the_team_by_keyboard(signed_in, partner_user, teammate, outbox):
    invitation = invited(partner_user)
    page = signed_in(partner_user)
    page.goto(TEAM)
    page.get_by_role("button", name="Send again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("A new link has been sent")
    page.get_by_role("link", name=f"Revoke the invitation of {invitation.email}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Revoke this invitation?")
    page.get_by_role("button", name="Revoke invitation").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    page.get_by_role("link", name="Deactivate Max Member").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Keep Max Member in the team").click()
    page.get_by_role("link", name="Deactivate Max Member").click()
    page.get_by_role("button", name="Deactivate").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Max Member can no longer sign in.")
    expect(page.get_by_role("row", name="Max Member")).to_contain_text("not active")


def test_join_button_clicked_twice_makes_one_account(open_page, partner_user, outbox):
    page = open_page()
    page.goto(path_of(invited(partner_user)))
    page.get_by_label("Your name").fill("Nora Newcomer")
    page.get_by_label("Choose a password").fill("battery horse 7")
    page.get_by_role("button", name="Join Brightside Consulting").dblclick()
    expect(page).to_have_url("/solution/leads/")
    assert User.objects.filter(email="nora@brightside.example").count() == 1


def test_refused_invitation_is_accessible_and_narrow(
    signed_in, partner_user, assert_well_made, outbox
):
    UserFactory(partner=partner_user.partner, is_active=False, email=LONG)
    page = signed_in(partner_user)
    page.goto(f"{TEAM}invite/")
    page.get_by_label("Their email").fill(LONG)
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_well_made(page)


def test_refused_invitations_answer_is_accessible_and_narrow(
    open_page, partner_user, assert_well_made, outbox
):
    page = open_page()
    invitation = invited(partner_user, LONG)
    page.goto(path_of(invitation))
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_well_made(page)


def test_adding_a_person_in_the_admin_offers_the_invitation(signed_in, superuser, partner_user):
    page = signed_in(superuser)
    page.goto(f"/admin/partners/user/add/?partner={partner_user.partner_id}&role=owner")
    expect(page.get_by_label("Send an invitation")).to_be_checked()


@pytest.mark.django_db(transaction=True)
def test_administrator_changes_an_address_and_nothing_typed_is_lost(
    signed_in, superuser, partner_user, outbox
):
    page = signed_in(superuser, javascript=False)
    page.goto(f"/admin/partners/user/{partner_user.pk}/change/")
    page.get_by_label("Email").fill("olivia@brightside.example")
    page.get_by_label("Name").fill("Olivia “Olive” Owner")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and continue").click()
    # The same button was pressed: the page stays open, with what was typed
    expect(page.get_by_label("Email")).to_have_value("olivia@brightside.example")
    expect(page.get_by_label("Name")).to_have_value("Olivia “Olive” Owner")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert "owner@brightside.example" in str(list(outbox.values_list("to", flat=True)))
