"""Sales' queue in the admin: as quick with a million leads as with a thousand, beside the stock.

The stock changelist is Django's own on the same leads: filters, search by icontains, dates by
truncation, a hundred rows on a page.
"""

from collections.abc import Callable
from urllib.parse import quote

from benchmarks.course import Entrant, Outcome, compete
from benchmarks.databases import VENDORS, Ground
from benchmarks.program import SALES
from benchmarks.timing import Row
from benchmarks.visits import browser, visit
from benchmarks.words import FREQUENT, RARE

ROUNDS = 201
STOCK_ROUNDS = 3  # each takes minutes at a million, and the bars are a tenth and a fortieth
QUEUE, STOCK = "/admin/leads/lead/", "/plain/admin/leads/lead/"
MOST_QUERIES = 8
# The pages that have 25 rows with a thousand leads as with a million, and what is stock there
PAGES = {
    "first page": ("", "?status__exact=submitted"),
    "every status": ("?status=all", ""),
    "one status": ("?status=approved", "?status__exact=approved"),
    "overdue": ("?due=overdue", None),
    "meets the criteria": ("?meets_criteria__exact=1", "?meets_criteria__exact=1"),
    "commission type": ("?commission_type__exact=flat_fee", "?commission_type__exact=flat_fee"),
    "source": ("?source__exact=form", "?source__exact=form"),
    "one partner's": ("?status=all&partner_id=1", None),
    "a partner's name": ("?status=all&partner_name={name}", None),
    "newest first": ("?status=all&o=-7", "?o=-8"),
    "search": (f"?q={FREQUENT}", f"?q={FREQUENT}"),
    "page 4 of a search": (f"?q={FREQUENT}&p=4", None),
    "page 30": ("?status=all&p=30", "?p=8"),
}
SEARCHES = {"rare search": (f"?q={RARE}", f"?q={RARE}")}


def variants() -> dict[str, Callable[[], object]]:
    from leadportal.partners.models import Partner

    client = browser(SALES)
    pages: dict[str, Callable[[], object]] = {}
    name = quote(Partner.objects.get(pk=1).name)
    for page, (query, _) in PAGES.items():
        pages[page] = visit(client, QUEUE + query.format(name=name), 25)
    for page, (query, _) in SEARCHES.items():
        pages[page] = visit(client, QUEUE + query)
    pages["far beyond the first thousand"] = visit(client, QUEUE + _far(), 25)
    return pages


def _far() -> str:
    """Return the query for the leads after nine tenths of them, as the list's own links lead to."""
    from leads.models import Lead
    from leads.models.lead import BY_AGE

    leads = Lead.objects.order_by("submitted_at", "pk")
    at = leads[int(leads.count() * 0.9)]
    return f"?status=all&after={BY_AGE.cursor(BY_AGE.place_of(at))}"


def rows(ground: Ground, rounds: int | None = None) -> list[Row]:
    """Return the comparisons on each database."""
    found = []
    for vendor in ground.vendors:
        entrants = [
            Entrant(str(size), __name__, ground.environment(vendor, size))
            for size in (ground.smallest, ground.largest)
        ]
        environment = ground.environment(vendor, ground.largest)
        queue = compete(entrants, rounds=rounds or ROUNDS, counted=str(ground.largest))
        stock = compete(
            [Entrant("stock", "benchmarks.queue_stock", environment)],
            rounds=min(rounds or STOCK_ROUNDS, STOCK_ROUNDS),
            warm_up=1,
        )
        found += _rows(ground, VENDORS[vendor], queue, stock)
    return found


def _rows(ground: Ground, database: str, queue: Outcome, stock: Outcome) -> list[Row]:
    subject = f"Queue, {ground.largest:,} leads"
    found = []
    for (name, page), here in queue.times.items():
        if name != str(ground.largest):
            continue
        there = queue.times[str(ground.smallest), page]
        ratio, queries = here.beside(there), len(queue.statements[name, page])
        beside = f"with {ground.smallest:,} leads: {there}"
        # A rare word has fewer leads to show among a thousand.
        bar = None if page in SEARCHES else 1.1
        found.append(Row(subject, page, database, str(here), beside, ratio, bar))
        told = f"{queries} queries"
        found.append(Row(subject, page, database, told, "", queries, MOST_QUERIES, unit="queries"))
        other = stock.times.get(("stock", page))
        if other:
            bar = 1 / 40 if page in SEARCHES else 1 / 10
            ratio = here.median / other.median
            found.append(Row(subject, page, database, str(here), f"stock: {other}", ratio, bar))
    return found
