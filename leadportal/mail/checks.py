"""Deployment checks: email must be delivered, and its links must use https."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

NOT_DELIVERING = {
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
}


def check_transport(**kwargs: Any) -> list[CheckMessage]:
    """Warn if the worker does not deliver email to a mail server."""
    backend = settings.MAIL_TRANSPORT["BACKEND"]
    if backend not in NOT_DELIVERING:
        return []
    return [
        CheckWarning(
            f"Email is not delivered: {backend} writes it elsewhere.",
            hint="Set EMAIL_URL to the mail server, such as smtp+tls://user:password@host:587.",
            id="leadportal.W001",
        )
    ]


def check_site_url(**kwargs: Any) -> list[CheckMessage]:
    """Warn if links in email do not use https."""
    if settings.SITE_URL.startswith("https://"):
        return []
    return [
        CheckWarning(
            f"Links in email begin with {settings.SITE_URL}, which is not https.",
            hint="Set SITE_URL to the portal's public address.",
            id="leadportal.W002",
        )
    ]
