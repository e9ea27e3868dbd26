"""System checks for sign-in behind a proxy, run by `check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning


def check_trusted_proxies(**kwargs: Any) -> list[CheckMessage]:
    """Warn if there is a proxy in front but no setting says how it reports the client's address."""
    named = settings.ALLAUTH_TRUSTED_PROXY_COUNT or settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER
    if named or not settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        CheckWarning(
            "BEHIND_TLS_PROXY is on, but no proxy is trusted with the client's address: the rate "
            "limits of the sign-in count everybody together.",
            hint="Set TRUSTED_PROXY_COUNT=1, or TRUSTED_CLIENT_IP_HEADER (see docs/access.md).",
            id="leadportal.W003",
        )
    ]
