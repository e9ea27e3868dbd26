"""The Leads tab: as quick with a million leads as with a thousand, deep in the list as at its top.

Asked for in the process, through all of the middleware, by a signed-in browser.
"""

from collections.abc import Callable

from benchmarks.course import Entrant, Outcome, compete
from benchmarks.databases import VENDORS, Ground
from benchmarks.program import BIG, SMALL
from benchmarks.timing import Row, Times
from benchmarks.visits import browser, visit

ROUNDS = 201
DEEP = 50_000
LIST = "/solution/leads/"
PARTNERS = {"a partner with a tenth of the leads": BIG, "a partner with 500": SMALL}
PAGES = {"first": "first page", "deep": "deep in the list", "status": "first page of a status"}
MOST_QUERIES = 8
SUBJECT = "Leads tab"


def variants() -> dict[str, Callable[[], object]]:
    from leadportal.db.paging import PER_PAGE
    from leadportal.partners.models import User
    from leads.models import Lead, LeadCount
    from leads.models.lead import BY_AGE

    pages: dict[str, Callable[[], object]] = {}
    for email in PARTNERS.values():
        client = browser(email)
        partner = User.objects.get(email=email).partner_id
        leads = Lead.objects.filter(partner=partner).order_by("-submitted_at", "-id")
        count = sum(LeadCount.objects.filter(partner=partner).values_list("count", flat=True))
        before = leads[min(DEEP, count - 2 * PER_PAGE) - 1]
        cursor = BY_AGE.cursor(BY_AGE.place_of(before))
        queries = {"first": "", "deep": f"?before={cursor}", "status": "?status=approved"}
        for page, query in queries.items():
            pages[f"{email} {page}"] = visit(client, LIST + query, PER_PAGE)
    client = browser(BIG)
    pages["bare"] = visit(client, "/plain/bare/")
    pages["list"] = visit(client, "/plain/list/")
    return pages


def rows(ground: Ground, rounds: int | None = None) -> list[Row]:
    """Return the comparisons on each database."""
    found = []
    for vendor in ground.vendors:
        entrants = [
            Entrant(str(size), __name__, ground.environment(vendor, size))
            for size in (ground.smallest, ground.largest)
        ]
        outcome = compete(entrants, rounds=rounds or ROUNDS, counted=str(ground.largest))
        found += _rows(ground, VENDORS[vendor], outcome)
    return found


def _rows(ground: Ground, database: str, outcome: Outcome) -> list[Row]:
    times = outcome.times
    largest, smallest = str(ground.largest), str(ground.smallest)
    few = f"with {ground.smallest:,} leads: "
    subject = f"{SUBJECT}, {ground.largest:,} leads"

    def beside(what: str, one: Times, other: Times, name: str, bar: float | None) -> Row:
        ratio = one.beside(other)
        return Row(subject, what, database, str(one), f"{name}{other}", ratio, bar)

    found = []
    for who, email in PARTNERS.items():
        for page, words in PAGES.items():
            variant, what = f"{email} {page}", f"{words}, {who}"
            here, there = times[largest, variant], times[smallest, variant]
            found.append(beside(what, here, there, few, 1.10))
            if page == "deep":
                first = times[largest, f"{email} first"]
                found.append(beside(what, here, first, "first page: ", 1.10))
            queries = outcome.statements[largest, variant]
            counted = [query for query in queries if "COUNT(" in query]
            told = f"{len(queries)} queries, {len(counted)} COUNT(*)"
            found.append(
                Row(subject, what, database, told, "", len(queries), MOST_QUERIES, unit="queries")
            )
            found.append(Row(subject, what, database, told, "", len(counted), 0, unit="COUNT(*)"))
    first, bare = times[largest, f"{BIG} first"], times[largest, "bare"]
    name = "a bare view of the same 25 rows: "
    found.append(beside("first page", first, bare, name, 1.6))
    found.append(beside("a stock ListView", times[largest, "list"], bare, name, None))
    return found
