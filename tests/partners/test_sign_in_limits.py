"""How often signing in may fail, whose failures count for whom, and what is logged of them."""

import itertools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory

from leadportal.db.cache import CounterCache
from leadportal.partners.checks import check_trusted_proxies
from leadportal.partners.client_address import UNKNOWN, client_address
from leadportal.partners.invitations import invite, token_of
from leadportal.partners.models import User
from tests.factories import PASSWORD, UserFactory
from tests.partners.reading import text
from tests.sessions import sign_in

SIGN_IN = "/accounts/login/"
HOME, OFFICE, STRANGER = "198.51.100.7", "203.0.113.9", "192.0.2.66"


def attempt(email: str, password: str, address: str = HOME) -> str:
    """Try to sign in from an address; return `in`, `wrong`, `too many` or the status."""
    client = Client(REMOTE_ADDR=address)
    response = client.post(SIGN_IN, {"login": email, "password": password})
    if response.status_code == 302:
        return "in"
    if response.status_code != 200:
        return str(response.status_code)
    return "too many" if "Too many" in text(response) else "wrong"


def fail(email: str, times: int, address: str = STRANGER) -> list[str]:
    return [attempt(email, "wrong", address) for _ in range(times)]


@pytest.fixture
def later() -> Callable[[timedelta], "mock._patch[mock.MagicMock]"]:
    """Let the limits see a later time: `with later(timedelta(minutes=6)): …`."""

    def at(delta: timedelta) -> "mock._patch[mock.MagicMock]":
        # It goes on from there: what succeeds takes back what was counted at its own moment.
        moments = itertools.count((datetime.now(UTC) + delta).timestamp(), 0.001)
        return mock.patch("allauth.core.internal.ratelimit.time.time", side_effect=moments)

    return at


# Whose failures count for whom


def test_thirty_colleagues_of_one_office_sign_in_and_some_mistype(db):
    colleagues = UserFactory.create_batch(30)
    for number, person in enumerate(colleagues):
        for _ in range(number % 4):
            assert attempt(person.email, "mistyped", OFFICE) == "wrong"
        assert attempt(person.email, PASSWORD, OFFICE) == "in"


def test_account_is_closed_to_the_address_that_fails_on_it_and_open_elsewhere(partner_user):
    assert fail(partner_user.email, 6) == ["wrong"] * 5 + ["too many"]
    assert attempt(partner_user.email, PASSWORD, STRANGER) == "too many"
    assert attempt(partner_user.email, PASSWORD, HOME) == "in"


def test_address_may_try_again_after_some_minutes_and_not_for_ever(partner_user, later):
    tried = 0
    for minutes in range(0, 60, 6):
        with later(timedelta(minutes=minutes)):
            tried += fail(partner_user.email, 6).count("wrong")
    assert tried == 15
    with later(timedelta(minutes=61)):
        assert attempt(partner_user.email, PASSWORD, STRANGER) == "in"


def test_many_addresses_together_are_stopped_and_the_owner_still_gets_in_from_home(partner_user):
    assert attempt(partner_user.email, PASSWORD, HOME) == "in"
    guesses = [answer for n in range(12) for answer in fail(partner_user.email, 5, f"192.0.2.{n}")]
    assert guesses.count("wrong") == 45
    assert attempt(partner_user.email, PASSWORD, "192.0.2.200") == "too many"
    assert attempt(partner_user.email, PASSWORD, HOME) == "in"


def test_single_address_never_closes_an_account_to_others(partner_user, later):
    for minutes in range(0, 60, 6):
        with later(timedelta(minutes=minutes)):
            fail(partner_user.email, 6)
            # Each time another one, where the account has not signed in before
            assert attempt(partner_user.email, PASSWORD, f"203.0.113.{minutes}") == "in"


def test_address_that_tries_every_account_is_stopped(db, settings):
    rates = settings.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = rates | {"login_failed": "5/5m/key,15/h/key,20/10m/ip"}
    answers = [attempt(f"person-{n}@else.example", "wrong", STRANGER) for n in range(21)]
    assert answers == ["wrong"] * 20 + ["too many"]


def test_whoever_is_refused_uses_up_nothing_of_the_office(partner_user, settings):
    rates = settings.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = rates | {"login_failed": "5/5m/key,15/h/key,8/10m/ip"}
    fail(partner_user.email, 40, OFFICE)
    colleague = UserFactory()
    assert fail(colleague.email, 2, OFFICE) == ["wrong"] * 2
    assert attempt(colleague.email, PASSWORD, OFFICE) == "in"


def test_account_is_the_same_however_the_address_is_written(partner_user):
    fail(partner_user.email, 3)
    fail(f" {partner_user.email.upper()} ", 2)
    assert attempt(partner_user.email, PASSWORD, STRANGER) == "too many"


def test_unknown_account_is_limited_alike_so_nobody_learns_which_exist(db):
    assert fail("nobody@else.example", 6) == ["wrong"] * 5 + ["too many"]


def test_network_of_ipv6_counts_as_one_address_and_mapped_ipv4_does_not(partner_user):
    for n in range(5):
        attempt(partner_user.email, "wrong", f"2001:db8:1:2::{n}")
    assert attempt(partner_user.email, PASSWORD, "2001:db8:1:2::99") == "too many"
    assert attempt(partner_user.email, PASSWORD, "2001:db8:1:3::1") == "in"
    fail(partner_user.email, 5, "::ffff:192.0.2.66")
    assert attempt(partner_user.email, PASSWORD, "192.0.2.66") == "too many"
    assert attempt(partner_user.email, PASSWORD, "::ffff:192.0.2.67") == "in"


def test_new_password_by_the_mailed_link_opens_the_account_again(partner_user, mailoutbox):
    from tests.partners.test_pages import reset_link

    for n in range(12):
        fail(partner_user.email, 5, f"192.0.2.{n}")
    fail(partner_user.email, 5, OFFICE)
    assert attempt(partner_user.email, PASSWORD, OFFICE) == "too many"
    client = Client(REMOTE_ADDR=OFFICE)
    action = client.get(reset_link(partner_user.email, client))["Location"]
    client.post(action, {"password1": "battery horse 7", "password2": "battery horse 7"})
    assert attempt(partner_user.email, "battery horse 7", OFFICE) == "in"


# Which address counts


@pytest.mark.parametrize(
    ("proxies", "header", "forwarded", "remote", "address"),
    [
        (0, None, "198.51.100.1", "127.0.0.1", "127.0.0.1"),
        (1, None, "198.51.100.1", "127.0.0.1", "198.51.100.1"),
        (1, None, "6.6.6.6, 198.51.100.1", "127.0.0.1", "198.51.100.1"),
        (2, None, "6.6.6.6, 198.51.100.1, 10.0.0.1", "127.0.0.1", "198.51.100.1"),
        (1, None, "198.51.100.1", "", "198.51.100.1"),
        (0, None, "198.51.100.1", "", UNKNOWN),
        # What no trusted proxy can have written
        (2, None, "6.6.6.6", "127.0.0.1", "127.0.0.1"),
        (1, None, "nonsense", "127.0.0.1", "127.0.0.1"),
        (1, None, "nonsense", "", UNKNOWN),
        (1, None, None, "127.0.0.1", "127.0.0.1"),
        (1, None, None, "", UNKNOWN),
        (0, "X-Real-IP", "6.6.6.6", "127.0.0.1", "198.51.100.2"),
        (1, "X-Missing", "6.6.6.6", "", UNKNOWN),
        (0, "X-Missing", "6.6.6.6", "127.0.0.1", "127.0.0.1"),
        (1, None, "[2001:db8::1]:443", "", "2001:db8::1"),
        (0, None, None, "fe80::1%eth0", "fe80::1"),
        (0, None, None, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_client_is_who_a_trusted_proxy_says(settings, proxies, header, forwarded, remote, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER = header
    headers = {"X-Real-IP": "198.51.100.2"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)
    assert client_address(request) == address


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_unix_socket_without_any_address_signs_people_in(partner_user, settings, proxies):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert attempt(partner_user.email, "wrong", "") == "wrong"
    assert attempt(partner_user.email, PASSWORD, "") == "in"


@pytest.mark.parametrize(
    ("proxies", "header", "tls", "warns"),
    [
        (0, None, ("HTTP_X_FORWARDED_PROTO", "https"), True),
        (1, None, ("HTTP_X_FORWARDED_PROTO", "https"), False),
        (0, "X-Real-IP", ("HTTP_X_FORWARDED_PROTO", "https"), False),
        (0, None, None, False),
    ],
)
def test_deployment_check_warns_of_a_proxy_that_names_nobody(settings, proxies, header, tls, warns):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER = header
    settings.SECURE_PROXY_SSL_HEADER = tls
    assert bool(check_trusted_proxies()) is warns


# Wherever a password or a link is asked for


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password_change/"])
def test_admin_has_no_form_of_its_own_for_passwords(client, sales_user, superuser, path):
    sign_in(client, sales_user)
    for method in (client.get, client.post):
        response = method(path, {"username": superuser.email, "password": PASSWORD})
        assert response.status_code == 302
        assert response["Location"] in ("/admin/", "/accounts/password/change/")
    assert client.get("/accounts/profile/").wsgi_request.user == sales_user


def test_stranger_posts_no_password_to_the_admin(client, superuser):
    form = {"username": superuser.email, "password": PASSWORD, "next": "/admin/"}
    response = client.post("/admin/login/", form)
    assert response["Location"].startswith(SIGN_IN)
    assert "_auth_user_id" not in client.session


def test_guessing_the_current_password_is_limited_counted_and_logged(client, superuser, caplog):
    sign_in(client, superuser)
    form = {"oldpassword": "no", "password1": "battery horse 7", "password2": "battery horse 7"}
    with caplog.at_level(logging.WARNING, "leadportal.sign_in"):
        statuses = [client.post("/accounts/password/change/", form).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    line = f"Failed sign-in: user {superuser.pk}, from 127.0.0.1"
    assert caplog.messages.count(line) == 5
    assert attempt(superuser.email, PASSWORD, "127.0.0.1") == "too many"


def test_reauthentication_is_limited(client, partner_user):
    sign_in(client, partner_user)
    pages = [client.post("/accounts/reauthenticate/", {"password": "no"}) for _ in range(11)]
    assert [page.status_code for page in pages] == [200] * 10 + [429]
    assert "Too many" in text(pages[5])


def test_mailed_links_are_limited_by_address(client, partner_user, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        "accept_invitation": "2/m/ip",
        "reset_password_from_key": "2/m/ip",
    }
    now = datetime.now(UTC)
    invitation = invite(partner_user, partner_user.partner, "new@else.example", "member", now)
    for path in (
        f"/accounts/invitation/{token_of(invitation)}/",
        "/accounts/invitation/guessed/",
        "/accounts/password/reset/key/1-guessed/",
    ):
        answers = [client.post(path, {"name": ""}).status_code for _ in range(3)]
        assert answers[-1] == 429, path
    assert Client().get(f"/accounts/invitation/{token_of(invitation)}/").status_code == 200


# What is logged


def test_failure_is_logged_with_who_and_where_and_without_secrets(partner_user, caplog):
    with caplog.at_level(logging.INFO):
        attempt(partner_user.email, "a secret that was mistyped", STRANGER)
        attempt("typed.into.the.wrong.field", "x", STRANGER)
        attempt("nobody@else.example", "another secret", STRANGER)
    assert f"Failed sign-in: user {partner_user.pk}, from {STRANGER}" in caplog.messages
    (unknown,) = [line for line in caplog.messages if "no account" in line]
    assert unknown.endswith(f"from {STRANGER}")
    logged = caplog.text
    for secret in ("secret", "nobody", "else.example", partner_user.email, "typed.into"):
        assert secret not in logged


def test_refusal_is_logged_and_success_is_not(partner_user, caplog):
    with caplog.at_level(logging.INFO, "leadportal.sign_in"):
        attempt(partner_user.email, PASSWORD)
        assert caplog.messages == []
        fail(partner_user.email, 6)
    last = f"Sign-in refused after too many failures: user {partner_user.pk}, from {STRANGER}"
    assert caplog.messages[-1] == last


def test_same_unknown_address_is_logged_alike_whoever_types_it(db, caplog):
    for typed in ("Nobody@else.example", "nobody@ELSE.example"):
        attempt(typed, "x", STRANGER)
    assert len(set(caplog.messages)) == 1


# Where it is counted


@pytest.fixture
def counters(db, settings):
    """The cache in the database, as a real installation has it, of at most ten rows."""
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "leadportal.db.cache.CounterCache",
            "LOCATION": "cache_of_tests",
            "OPTIONS": {"MAX_ENTRIES": 10},
        }
    }
    call_command("createcachetable", verbosity=0)
    assert isinstance(caches["default"], CounterCache)
    return caches["default"]


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache_of_tests")
        return cursor.fetchone()[0]


@pytest.mark.database
def test_counters_are_not_evicted_however_many_there_are(counters):
    for number in range(40):
        counters.set(f"a-{number}", number, 3600)
    assert [counters.get(f"a-{number}") for number in range(40)] == list(range(40))


@pytest.mark.database
def test_full_table_is_cleared_of_what_has_expired(counters):
    for number in range(40):
        counters.set(f"gone-{number}", number, -10)
    counters.set("stays", 1, 3600)
    counters.set("stays-too", 1, 3600)
    assert rows() < 15
    assert counters.get("stays") == 1


@pytest.mark.database
def test_limits_count_in_the_database_and_survive_a_flood_of_other_counters(
    counters, partner_user: User
):
    fail(partner_user.email, 5)
    for number in range(20):
        attempt(f"person-{number}@else.example", "wrong", OFFICE)
    assert attempt(partner_user.email, PASSWORD, STRANGER) == "too many"
    assert attempt(partner_user.email, PASSWORD, HOME) == "in"
