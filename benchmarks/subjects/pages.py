"""The portal's lists: the Leads tab, search and sales' queue, beside stock views of the same leads.

Requested in the process, through all of the middleware, by a signed-in browser. The portal's own
pages run with few leads, too, to show that their time does not depend on the number of leads.
"""

from collections.abc import Callable
from urllib.parse import quote

from benchmarks.databases import Server
from benchmarks.measure import Entrant, Figures, Number, Options, compare
from benchmarks.table import PAGES, SAME_WITH_FEW
from benchmarks.visits import browser, visit
from leads.models import Lead
from leads.models.lead import BY_AGE

STOCK_EVERY = 12  # round: a page of the stock changelist takes seconds with a million leads
DEEP = 50_000
OWN = ("Leads tab", "Search", "Queue")  # how the names of the portal's own pages begin


def leads(server: Server, options: Options) -> Figures:
    """Measure the Leads tab with few leads and with many."""
    return _with_few_and_many("leads", server, options)


def search(server: Server, options: Options) -> Figures:
    """Measure searches beside the first page of the same list."""
    environment = server.filled("leads", max(options.sizes))
    return _compared("search", [_entrant("search", environment)], options)


def queue(server: Server, options: Options) -> Figures:
    """Measure the queue with few leads and with many, in some of the rounds beside the stock."""
    return _with_few_and_many("queue", server, options, rival="stock")


def _with_few_and_many(group: str, server: Server, options: Options, rival: str = "") -> Figures:
    few, many = (server.filled("leads", size) for size in (min(options.sizes), max(options.sizes)))
    entrants = [_entrant(group, many), _entrant(group, few, suffix=SAME_WITH_FEW)]
    if rival:
        entrants.append(_entrant(rival, many, every=STOCK_EVERY))
    return _compared(group, entrants, options)


def _entrant(
    group: str, environment: dict[str, str], *, suffix: str = "", every: int = 1
) -> Entrant:
    return Entrant(f"{__name__}:variants", environment, (group,), suffix=suffix, every=every)


def _compared(group: str, entrants: list[Entrant], options: Options) -> Figures:
    times, queries = compare(entrants, seconds=options.seconds, question="queries")
    own = {page: queries[page] for page in PAGES[group] if page.startswith(OWN)}
    counts = {page: [sql for sql in sent if "COUNT(" in sql] for page, sent in own.items()}
    return {
        **times,
        f"{group}: most queries of a page": _most(own, "queries"),
        f"{group}: most COUNT(*) of a page": _most(counts, ""),
    }


def _most(lists: dict[str, list[str]], unit: str) -> Number:
    page = max(lists, key=lambda name: len(lists[name]))
    return Number(len(lists[page]), unit, page)


def variants(group: str) -> dict[str, Callable[[], object]]:
    """Return the visits of a group of the table's pages."""
    from leadportal.partners.models import User

    # The stock admin asks for more than sales may do.
    User.objects.get_or_create(
        email="stock@vendor.example", defaults={"is_staff": True, "is_superuser": True}
    )
    pages = PAGES[group]
    browsers = {who: browser(who) for who in {page.who for page in pages.values()}}
    return {
        name: visit(browsers[page.who], _address(page.address, page.who), page.rows)
        for name, page in pages.items()
    }


def _address(address: str, who: str) -> str:
    """Return the address with its placeholders filled in.

    {deep} is the place of the user's 50,000th lead, or the last but one page; {beyond} the place
    of the lead after nine tenths of all; {partner} the name of a partner.
    """
    if "{deep}" in address:
        own = Lead.objects.filter(partner__users__email=who)
        newest_first = own.order_by("-submitted_at", "-pk")
        return address.format(deep=_cursor(newest_first[min(DEEP, own.count() - 50) - 1]))
    if "{beyond}" in address:
        every = Lead.objects.order_by("submitted_at", "pk")
        return address.format(beyond=_cursor(every[int(every.count() * 0.9)]))
    if "{partner}" in address:
        return address.format(partner=quote(Lead.objects.filter(partner=1)[0].partner.name))
    return address


def _cursor(lead: Lead) -> str:
    return BY_AGE.cursor(BY_AGE.place_of(lead))
