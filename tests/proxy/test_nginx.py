"""Signing in through a real nginx, by TCP and by a unix socket: who is counted as whom."""

from collections.abc import Callable

import pytest

from tests.proxy.conftest import PASSWORD, PEOPLE, Portal

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.sqlite]

OWNER, MEMBER = PEOPLE
STRANGER, HOME = "127.0.0.66", "127.0.0.7"  # every address of 127/8 is this machine

ways = pytest.mark.parametrize("upstream", ["tcp", "unix"])
trusting = pytest.mark.parametrize(
    "trust", [{"TRUSTED_PROXY_COUNT": "1"}, {"TRUSTED_CLIENT_IP_HEADER": "X-Real-IP"}]
)


@ways
@trusting
def test_stranger_locks_nobody_else_out_and_a_forged_header_does_not_help(
    portal: Callable[..., Portal], upstream: str, trust: dict[str, str]
) -> None:
    running = portal(upstream, **trust)
    answers = [
        running.sign_in(
            OWNER, "wrong", STRANGER, **{"X-Forwarded-For": f"6.6.6.{n}", "X-Real-IP": f"6.6.7.{n}"}
        )
        for n in range(7)
    ]
    assert answers == ["wrong"] * 5 + ["too many"] * 2
    assert running.sign_in(OWNER, PASSWORD, STRANGER) == "too many"
    assert running.sign_in(OWNER, PASSWORD, HOME) == "in"
    assert running.sign_in(MEMBER, PASSWORD, HOME) == "in"
    log = running.log
    assert log.count(f"Failed sign-in: user 1, from {STRANGER}") == 5
    assert "6.6." not in log
    assert PASSWORD not in log
    assert OWNER not in log


@ways
def test_address_that_asks_too_often_is_refused_and_others_are_not(
    portal: Callable[..., Portal], upstream: str
) -> None:
    running = portal(upstream, TRUSTED_PROXY_COUNT="1")
    # What is refused by the account's limit costs no hashing, so this is quick.
    answers = {running.sign_in(OWNER, "wrong", STRANGER) for _ in range(110)}
    assert answers == {"wrong", "too many", "429"}
    assert running.sign_in(MEMBER, PASSWORD, STRANGER) == "429"
    assert running.sign_in(OWNER, PASSWORD, HOME) == "in"


@ways
def test_without_a_trusted_proxy_people_sign_in_and_count_together(
    portal: Callable[..., Portal], upstream: str
) -> None:
    running = portal(upstream)
    for n in range(5):
        forged = {"X-Forwarded-For": f"6.6.6.{n}"}
        assert running.sign_in(OWNER, "wrong", STRANGER, **forged) == "wrong"
    assert running.sign_in(OWNER, PASSWORD, HOME) == "too many"
    assert running.sign_in(MEMBER, PASSWORD, HOME) == "in"


def test_more_trusted_proxies_than_there_are_is_no_failure(portal: Callable[..., Portal]) -> None:
    running = portal("unix", TRUSTED_PROXY_COUNT="3")
    assert running.sign_in(OWNER, "wrong", HOME) == "wrong"
    assert running.sign_in(OWNER, PASSWORD, HOME) == "in"
