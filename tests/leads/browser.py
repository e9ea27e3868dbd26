"""The form's addresses as a browser uses them, and what a page or a draft holds afterwards."""

import re
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from leads.models import Draft
from tests.leads.answers import Answers

LIST = "/solution/leads/"


def address(draft_id: UUID, page: str) -> str:
    """Return the address of a page of the form."""
    return reverse("leads:page", args=[draft_id, page])


def post(
    client: Client,
    draft_id: UUID,
    page: str,
    typed: Answers,
    action: str = "continue",
    suffix: str = "",
) -> Any:
    """Press a button of a page."""
    return client.post(address(draft_id, page) + suffix, {**typed, "action": action})


def autosave(client: Client, draft_id: UUID, **fields: str) -> Any:
    """Send what the page's script sends when a field has changed."""
    return client.post(reverse("leads:autosave", args=[draft_id]), fields)


def answers(draft_id: UUID) -> Answers:
    """Return what the draft holds now."""
    return Draft.objects.get(pk=draft_id).answers


def text(response: HttpResponse) -> str:
    """Return the page's HTML, a space that does not break written as any other."""
    return response.content.decode().replace("\xa0", " ")


def writes(queries: Any) -> list[str]:
    """Return the statements that do not only read; a test's own transaction adds savepoints."""
    reading = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT")
    return [query["sql"] for query in queries if not query["sql"].startswith(reading)]


def companies(response: HttpResponse) -> list[str]:
    """Return the companies in the table, from top to bottom."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', text(response))


def listed(client: Client, **query: str) -> list[str]:
    """Return the companies that the Leads tab lists for this query."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return companies(response)
