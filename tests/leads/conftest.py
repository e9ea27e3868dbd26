"""What the tests of leads share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadportal.partners.models import User
from leads.models import Draft, Lead
from leads.status import Status
from tests.factories import LeadFactory
from tests.leads.answers import draft_of
from tests.sessions import sign_in


@pytest.fixture
def signed_in(client: Client, partner_user: User) -> Client:
    """A browser in which the organization's owner is signed in."""
    sign_in(client, partner_user)
    return client


@pytest.fixture
def sales(client: Client, sales_user: User) -> Client:
    """A browser in which sales are signed in."""
    sign_in(client, sales_user)
    return client


@pytest.fixture
def draft(partner_user: User) -> Draft:
    """The owner's draft, all three pages whole."""
    return draft_of(partner_user)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """Make a browser in which this person is signed in."""

    def make(user: User) -> Client:
        client = Client()
        sign_in(client, user)
        return client

    return make


@pytest.fixture
def approved(partner_user: User) -> Callable[..., Lead]:
    """Make an approved lead of the organization."""

    def make(**fields: Any) -> Lead:
        return LeadFactory(
            partner=partner_user.partner,
            submitted_by=partner_user,
            status=Status.APPROVED,
            **fields,
        )

    return make


@pytest.fixture
def sent(partner_user: User) -> Callable[..., Lead]:
    """Make a lead of the organization; the first is the oldest."""
    moment = timezone.now() - timedelta(days=10)

    def make(name: str, **fields: Any) -> Lead:
        nonlocal moment
        moment += timedelta(minutes=1)
        fields.setdefault("partner", partner_user.partner)
        return LeadFactory(company_name=name, submitted_at=moment, **fields)

    return make
