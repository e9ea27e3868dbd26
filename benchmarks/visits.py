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
    from django.utils import timezone

    from commissions.catalog.models import Plan
    from commissions.catalog.terms import CommissionTerms

    plan = Plan.objects.get(product__code="livechat", code="business")
    terms = str(CommissionTerms.objects.in_force(timezone.localdate()).pk)
    return {
        "contact": {
            "company_name": "Nordwind Retail",
            "domain": "https://www.nordwind.example/contact",
            "first_name": "Anna",
            "last_name": "Lindqvist",
            "contact_email": "anna.lindqvist@nordwind.example",
            "job_title": "Head of support",
            "region": "SE",
            "phone_number": "08-123 456 78",
            "employees": "51-200",
            "description": "They want to replace their contact form by Christmas.",
        },
        "deal": {
            "lines-0-plan": str(plan.pk),
            "lines-0-agents": "5",
            "lines-0-billing_cycle": "annual",
            "commission_type": "rev_share",
        },
        "agreements": {
            "is_included_in_communication": "on",
            "lead_is_informed": terms,
            "accepts_requirements": terms,
        },
    }
