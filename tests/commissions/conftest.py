"""What the tests of commissions share."""

import pytest
from django.test import Client

from leadportal.partners.models import User
from tests.sessions import sign_in


@pytest.fixture
def finance(client: Client, finance_user: User) -> Client:
    """A browser in which finance is signed in."""
    sign_in(client, finance_user)
    return client
