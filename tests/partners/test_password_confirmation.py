"""Confirming the password before something sensitive: nothing typed is lost, nothing is skipped."""

import re
import time
from html import unescape
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from commissions.payouts.models import BillingDetails
from leadportal.partners.models import User
from tests.commissions.finance import DETAILS
from tests.factories import PASSWORD
from tests.partners.reading import text, title
from tests.sessions import sign_in

ADDRESS = "/commissions/billing/"


@pytest.fixture
def owner(client: Client, partner_user: User) -> Client:
    sign_in(client, partner_user)
    return client


def hidden(response: Any) -> dict[str, str]:
    """Return what the page carries to the next request."""
    found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', response.text)
    return {unescape(name): unescape(value) for name, value in found}


def test_page_asks_once_and_carries_everything_that_was_typed(owner):
    typed = DETAILS | {"company": "Smith & “Sons” <Ltd>", "next": "withdraw"}
    asking = owner.post(ADDRESS + "?next=withdraw", typed)
    assert title(asking).startswith("Confirm your password")
    assert "no-store" in asking["Cache-Control"]
    assert not BillingDetails.objects.exists()
    carried = hidden(asking)
    assert {name: carried[name] for name in typed} == typed
    done = owner.post(ADDRESS + "?next=withdraw", carried | {"confirm_password": PASSWORD})
    assert done["Location"] == "/commissions/withdraw/"
    assert BillingDetails.objects.get().company == "Smith & “Sons” <Ltd>"


def test_wrong_password_asks_again_and_still_carries_everything(owner):
    carried = hidden(owner.post(ADDRESS, DETAILS))
    again = owner.post(ADDRESS, carried | {"confirm_password": "wrong one"})
    assert again.status_code == 422
    assert title(again).startswith("Error: ")
    assert "wrong one" not in again.text
    assert {name: hidden(again)[name] for name in DETAILS} == DETAILS
    assert "confirm_password" not in hidden(again)
    empty = owner.post(ADDRESS, carried | {"confirm_password": ""})
    assert "Enter your password." in text(empty)
    assert not BillingDetails.objects.exists()


def test_invalid_answers_are_refused_before_the_password_is_required(owner):
    refused = owner.post(ADDRESS, DETAILS | {"city": ""})
    assert refused.status_code == 422
    assert "Enter the city." in text(refused)
    assert "Confirm your password" not in text(refused)


def test_confirmed_password_is_good_for_five_minutes(owner):
    owner.post(ADDRESS, DETAILS | {"confirm_password": PASSWORD})
    assert owner.post(ADDRESS, DETAILS | {"city": "Bonn"}).status_code == 302
    later = time.time() + 301
    path = "allauth.account.internal.flows.reauthentication.time.time"
    with mock.patch(path, return_value=later):
        assert "Confirm your password" in text(owner.post(ADDRESS, DETAILS | {"city": "Ulm"}))
    assert BillingDetails.objects.count() == 2


def test_signing_in_is_not_confirming(client, partner_user):
    client.post("/accounts/login/", {"login": partner_user.email, "password": PASSWORD})
    assert "Confirm your password" in text(client.post(ADDRESS, DETAILS))


def test_confirmation_is_one_persons_in_one_session(owner, client, partner_user, stranger):
    owner.post(ADDRESS, DETAILS | {"confirm_password": PASSWORD})
    other = Client()
    sign_in(other, partner_user)
    assert "Confirm your password" in text(other.post(ADDRESS, DETAILS | {"city": "Bonn"}))
    owner.logout()
    owner.force_login(stranger)
    assert "Confirm your password" in text(owner.post(ADDRESS, DETAILS))


def test_anothers_password_confirms_nothing(owner, stranger):
    stranger.set_password("another horse battery")
    stranger.save()
    answer = owner.post(ADDRESS, DETAILS | {"confirm_password": "another horse battery"})
    assert answer.status_code == 422


def test_guessing_is_limited_and_carries_on_nothing(owner):
    answers = [
        owner.post(ADDRESS, DETAILS | {"confirm_password": "guess"}).status_code for _ in range(11)
    ]
    assert answers == [422] * 10 + [429]
    assert owner.post(ADDRESS, DETAILS | {"confirm_password": PASSWORD}).status_code == 429
    assert not BillingDetails.objects.exists()


def test_password_sent_to_a_page_that_does_not_ask_changes_nothing_there(owner, client):
    response = owner.post("/accounts/profile/", {"name": "Olive", "confirm_password": PASSWORD})
    assert response.status_code == 302
    assert User.objects.get(name="Olive")
    anonymous = Client().post(ADDRESS, DETAILS | {"confirm_password": PASSWORD})
    assert anonymous["Location"].startswith("/accounts/login/")


def test_forged_form_is_refused_before_the_password_is_looked_at(partner_user):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, partner_user)
    with mock.patch("leadportal.partners.auth.AccountAdapter.reauthenticate") as checked:
        answer = client.post(ADDRESS, DETAILS | {"confirm_password": PASSWORD})
    assert answer.status_code == 403
    checked.assert_not_called()
