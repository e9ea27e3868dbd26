"""The stock changelist's pages, by the names of the queue's that they are measured beside."""

from collections.abc import Callable

from benchmarks.programme import SALES
from benchmarks.queue import PAGES, SEARCHES, STOCK
from benchmarks.visits import browser, visit


def variants() -> dict[str, Callable[[], object]]:
    from leadportal.partners.models import User

    # The stock admin knows no groups of ours.
    User.objects.filter(email=SALES).update(is_superuser=True)
    client = browser(SALES)
    return {
        page: visit(client, STOCK + query)
        for page, (_, query) in (PAGES | SEARCHES).items()
        if query is not None
    }
