"""The portal's form, filled in by a partner: every page asked for, every page posted."""

from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from benchmarks import submitted
from benchmarks.posting import post
from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms

Typed = dict[str, str]
START = "/solution/leads/submit/"


def answers() -> tuple[Typed, Typed, Typed]:
    """Return what is typed on each of the three pages."""
    plan = Plan.objects.get(product__code="livechat", code="business")
    terms = str(CommissionTerms.objects.in_force(timezone.localdate()).pk)
    contact = {
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
    }
    deal = {
        "lines-0-plan": str(plan.pk),
        "lines-0-agents": "5",
        "lines-0-billing_cycle": "annual",
        "commission_type": "rev_share",
    }
    agreements = {
        "is_included_in_communication": "on",
        "lead_is_informed": terms,
        "accepts_requirements": terms,
    }
    return contact, deal, agreements


def signed_in() -> Client:
    """Return a partner's browser, in the process."""
    client = Client(headers={"host": "localhost"})
    client.force_login(submitted.partner_users(1)[0])
    return client


def variants() -> dict[str, Callable[[], object]]:
    """Return the whole way from the link to the confirmation."""
    client, pages = signed_in(), answers()

    def flow() -> None:
        address = client.get(START)["Location"]
        for typed in pages:
            page = client.get(address)
            assert page.status_code == 200
            turned = post(client, address, typed | {"action": "continue"}, page)
            assert turned.status_code == 302, turned.content.decode()
            address = turned["Location"]
        confirmation = client.get(address)
        assert confirmation.status_code == 200
        assert b"LD-" in confirmation.content

    submitted.assert_submits(flow)
    return {"flow": flow}


def tell() -> None:
    """Migrate the database, before the runners meet in it."""
    submitted.migrated()
    submitted.partner_users(1)
