"""How the worker reaches the mail server: a backend of Django's, from EMAIL_URL."""

from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

SMTP = "django.core.mail.backends.smtp.EmailBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"


def from_url(url: dict[str, Any], timeout: int) -> dict[str, Any]:
    """Return backend and options for the dict that django-environ makes of EMAIL_URL.

    `timeout` is in seconds and applies to each answer of the server.
    """
    backend = url["EMAIL_BACKEND"]
    options: dict[str, Any] = {}
    if backend == SMTP:
        options = {
            "host": url["EMAIL_HOST"] or "localhost",
            "port": url["EMAIL_PORT"] or 25,
            "username": url["EMAIL_HOST_USER"] or "",
            "password": url["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": bool(url.get("EMAIL_USE_TLS")),
            "use_ssl": bool(url.get("EMAIL_USE_SSL")),
            "timeout": timeout,
        }
    elif backend == FILES:
        options = {"file_path": f"/{url['EMAIL_FILE_PATH']}"}
    return {"BACKEND": backend, "OPTIONS": options}


def transport() -> BaseEmailBackend:
    """Return a new, unopened connection to the mail server."""
    configured = settings.MAIL_TRANSPORT
    return mail.get_connection(configured["BACKEND"], **configured["OPTIONS"])
