"""The stock changelist's pages, by the names of the queue's that they are measured beside."""

from collections.abc import Callable

from benchmarks.queue import PAGES, SEARCHES, STOCK
from benchmarks.visits import browser, visit

STAFF = "stock@vendor.example"


def variants() -> dict[str, Callable[[], object]]:
    from leadportal.partners.models import User

    # One of its own: the stock admin asks for more than sales may.
    User.objects.get_or_create(email=STAFF, defaults={"is_staff": True, "is_superuser": True})
    client = browser(STAFF)
    return {
        page: visit(client, STOCK + query)
        for page, (_, query) in (PAGES | SEARCHES).items()
        if query is not None
    }
