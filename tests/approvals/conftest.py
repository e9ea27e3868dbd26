"""The made-up kind is registered for the tests of approvals, and a second person is there."""

import pytest

from leadportal.approvals import kinds
from leadportal.db.groups import FINANCE
from tests.approvals.kind import RENAME
from tests.factories import StaffFactory


@pytest.fixture(autouse=True)
def _rename():
    kinds.register(RENAME)
    yield
    kinds.unregister(RENAME)


@pytest.fixture
def colleague(db):
    """Another one of finance."""
    return StaffFactory(email="fay@vendor.example", name="Fay Finance", groups=(FINANCE,))
