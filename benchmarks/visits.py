"""Visits of a page by a signed-in browser inside the process."""

from collections.abc import Callable
from typing import Any


def browser(email: str) -> Any:
    """Return a client in which this person is signed in; its connection persists."""
    from django.test import Client

    from leadportal.partners.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=email))
    return client


def visit(client: Any, address: str, rows: int | None = None) -> Callable[[], bytes]:
    """Return the visit of a page, tried once: it answers, and with so many rows in its table."""

    def page() -> bytes:
        response = client.get(address, secure=True)
        assert response.status_code == 200, (address, response.status_code)
        content: bytes = response.content
        return content

    if rows is not None:
        found = page().partition(b"<tbody")[2].count(b"<tr")
        assert found == rows, f"{address}: {found} rows where {rows} are expected"
    return page
