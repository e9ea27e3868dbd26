"""What the tests of leads share."""

from collections.abc import Callable

import pytest
from django.test import Client

from leadportal.partners.models import User
from leads.models import Draft
from tests.leads.answers import draft_of


@pytest.fixture
def signed_in(client: Client, partner_user: User) -> Client:
    """A browser in which the organisation's owner is signed in."""
    client.force_login(partner_user)
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
        client.force_login(user)
        return client

    return make
