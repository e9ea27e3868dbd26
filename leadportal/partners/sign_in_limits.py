"""How many sign-ins may fail: per account and address, per address, and per account.

allauth counts failures per address and per key; the key here is the account together with the
address. So somebody who fails on another person's account does not lock that person out. The
failures of many addresses on one account are also counted together, but only stop addresses from
which that account has not signed in before: its owner can still sign in from their usual places.

`ACCOUNT_RATE_LIMITS` has the numbers, under `login_failed` and ELSEWHERE.
"""

import logging
from typing import Final

from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from leadportal.partners.client_address import client_address

ELSEWHERE: Final = "login_failed_elsewhere"
REMEMBERED_SECONDS: Final = 90 * 24 * 60 * 60

logger = logging.getLogger("leadportal.sign_in")


def account_of(email: str) -> str:
    """Return the account that an address signs in to: `user 12`, or a hash if there is none.

    Every spelling of the address counts against the same account. The hash cannot be turned back
    into the address without the SECRET_KEY.
    """
    users = filter_users_by_email(email, for_login=True)
    if users:
        return "user " + ",".join(str(pk) for pk in sorted(user.pk for user in users))
    return f"no account, address {_hashed(email.strip().casefold())}"


def at_address(request: HttpRequest, account: str) -> str:
    """Return the key under which the failures of one account at one address count."""
    return f"{account} at {ratelimit.get_ip(request)}"


def count_elsewhere(request: HttpRequest, account: str) -> RateLimitUsage | None:
    """Count a sign-in against the account, unless it has signed in at the address before.

    Return None if too many have failed already, else the value that `rollback` takes.
    """
    if cache.get(_home(request, account)):
        return RateLimitUsage(usage=[])
    return ratelimit.consume(request, app="allauth.account", action=ELSEWHERE, key=account)


def remember(request: HttpRequest, account: str) -> None:
    """Record that the account has signed in at this address."""
    cache.set(_home(request, account), True, REMEMBERED_SECONDS)


def forget_failures(request: HttpRequest, account: str) -> None:
    """Reset the counters of somebody who has just proved by email that the account is theirs."""
    for action, key in (("login_failed", at_address(request, account)), (ELSEWHERE, account)):
        for rate in ratelimit.get_rates(app="allauth.account", action=action):
            if rate.per == "key":
                cache.delete(
                    ratelimit.get_cache_key(
                        request, app="allauth.account", action=action, rate=rate, key=key
                    )
                )


def log_failure(request: HttpRequest, account: str, outcome: str) -> None:
    """Log that a password was refused: which account, from where, and no secret."""
    logger.warning("%s: %s, from %s", outcome, account, client_address(request))


def _home(request: HttpRequest, account: str) -> str:
    return f"sign-in-home:{_hashed(at_address(request, account))}"


def _hashed(text: str) -> str:
    return salted_hmac("leadportal.sign_in", text, algorithm="sha256").hexdigest()[:20]
