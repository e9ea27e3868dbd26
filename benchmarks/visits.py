"""A signed-in browser inside the process, and what is typed into the portal's form."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

Typed = dict[str, str]


def browser(email: str) -> Any:
    """Return a client in which this person is signed in; its connection persists."""
    from django.test import Client

    from leadportal.partners.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=email))
    return client


def visit(client: Any, address: str, rows: int | None = None) -> Callable[[], bytes]:
    """Return the visit of a page, tried once: it answers, with so many rows in its table."""

    def page() -> bytes:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        content: bytes = response.content
        return content

    found = page().partition(b"<tbody")[2].count(b"<tr")
    assert rows in (None, found), f"{address}: {found} rows where {rows} are expected"
    return page


def post(client: Any, address: str, typed: Mapping[str, str], page: Any) -> Any:
    """Return the answer to the form on `page`, a response, encoded as a browser would."""
    if b"multipart/form-data" in page.content:
        return client.post(address, typed)
    encoded = "application/x-www-form-urlencoded"
    return client.post(address, urlencode(typed), content_type=encoded)


def answers() -> dict[str, Typed]:
    """Return what is typed on each of the form's pages."""
    from tests.leads.answers import CONTACT, agreements, deal

    return {"contact": CONTACT, "deal": deal(), "agreements": agreements()}
