"""What the tests of commissions share."""

import pytest
from django.test import Client

from leadportal.partners.models import User


@pytest.fixture
def finance(client: Client, finance_user: User) -> Client:
    """A browser in which finance is signed in."""
    client.force_login(finance_user)
    return client
