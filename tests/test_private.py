"""Private pages are stored nowhere, and sign-out empties what the browser has kept."""

import pytest
from django.urls import reverse

from tests.sessions import sign_in

PUBLIC = ("/", "/what-would-i-earn/")
OF_PARTNERS = (
    "/",
    "/what-would-i-earn/",
    "/solution/leads/",
    "/solution/leads/submit/",
    "/commissions/",
    "/commissions/billing/",
    "/commissions/statements/",
    "/commissions/withdrawals/",
    "/accounts/profile/",
    "/accounts/team/",
    "/nowhere/",
)
OF_STAFF = (
    "/",
    "/admin/",
    "/admin/leads/lead/",
    "/admin/commissions/account/",
    "/accounts/profile/",
)


def directives(response):
    return set(response.headers.get("Cache-Control", "").split(", "))


@pytest.mark.parametrize("path", OF_PARTNERS)
def test_page_of_a_partner_is_not_stored(client, partner_user, path):
    sign_in(client, partner_user)
    assert directives(client.get(path)) >= {"private", "no-store"}


@pytest.mark.parametrize("path", OF_STAFF)
def test_page_of_staff_is_not_stored(client, superuser, path):
    sign_in(client, superuser)
    assert directives(client.get(path)) >= {"private", "no-store"}


@pytest.mark.parametrize("path", ["/accounts/login/", "/theme/", "/nowhere/"])
def test_answer_to_a_post_is_not_stored(client, partner_user, path):
    sign_in(client, partner_user)
    assert directives(client.post(path)) >= {"private", "no-store"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_page_for_everyone_may_be_stored(client, path):
    assert "no-store" not in client.get(path).headers.get("Cache-Control", "")


@pytest.mark.parametrize("address", ["account_logout", "admin:logout"])
def test_signing_out_empties_the_browsers_cache(client, superuser, address):
    sign_in(client, superuser)
    response = client.post(reverse(address))
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert directives(response) >= {"private", "no-store"}


def test_cache_is_not_cleared_while_signed_in(client, partner_user):
    sign_in(client, partner_user)
    assert "Clear-Site-Data" not in client.get("/solution/leads/").headers


def test_scripts_and_styles_are_stored(client, partner_user):
    sign_in(client, partner_user)
    response = client.get("/static/js/portal.js")
    assert "no-store" not in response.headers.get("Cache-Control", "")
    response.close()
