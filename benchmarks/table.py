"""The one table: what is measured, by part; beside which rival; and the bar of each ratio."""

from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.data.companies import (
    ABSENT,
    ABSENT_PREFIX,
    ELSEWHERE,
    FREQUENT,
    PREFIX,
    RARE,
    RARE_PREFIX,
)
from benchmarks.measure import Figures

SIZES, QUICK_SIZES = (1_000, 100_000, 1_000_000), (1_000, 100_000)
LEDGER_SIZES = (200_000, 800_000)  # won leads; five entries to four of them
QUICK_LEDGER_SIZES = (20_000, 80_000)
ANY = "any"  # the database of what does not depend on it
CLIENTS = 50
BULK = 1_000

SALES = "sales@vendor.example"
# The partner with a tenth of all leads, and one with 500 of them
BIG, SMALL = "big@partner.example", "small@partner.example"

SAME_WITH_FEW = f", {SIZES[0]:,} leads"
SAME_WITH_A_QUARTER = ", a quarter of the entries"
MOST_QUERIES = 10


class Page(NamedTuple):
    """A page that is measured: who asks for it, its address, and how many rows its table has.

    The address may name {deep}, {beyond} and {partner}: see `benchmarks.subjects.pages`.
    """

    who: str
    address: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar for a figure, or for its ratio to a rival's figure; without one it is only reported.

    `database` limits it to one; `needs_size` says that it only holds at the full size, measured in
    the full number of rounds.
    """

    subject: str
    rival: str = ""
    at_most: float | None = None
    at_least: float | None = None
    database: str = ""
    needs_size: bool = False


class Result(NamedTuple):
    """One line of the results; `is_met` is None where nothing was promised."""

    subject: str
    rival: str
    database: str
    measured: str
    beside: str
    ratio: str
    bar: str
    is_met: bool | None


def results(part: str, database: str, figures: Figures, *, is_quick: bool) -> list[Result]:
    """Return the part's results on this database. Raises KeyError for a figure that is missing."""
    return [
        _result(bar, database, figures, is_judged=not (is_quick and bar.needs_size))
        for bar in BARS[part]
        if bar.database in ("", database)
    ]


def _result(bar: Bar, database: str, figures: Figures, *, is_judged: bool) -> Result:
    subject = figures[bar.subject]
    if bar.rival:
        rival = figures[bar.rival]
        value, unit, beside = subject.ratio_to(rival), "×", str(rival)
    else:
        value, unit, beside = subject.value, subject.unit, ""
    limit, is_met = "", None
    if is_judged and bar.at_most is not None:
        limit, is_met = f"≤ {bar.at_most:g} {unit}", value <= bar.at_most
    elif is_judged and bar.at_least is not None:
        limit, is_met = f"≥ {bar.at_least:g} {unit}", value >= bar.at_least
    ratio = f"{value:.2f} ×" if bar.rival else ""
    return Result(
        bar.subject, bar.rival, database, str(subject), beside, ratio, limit.strip(), is_met
    )


_PARTNERS = {"partner with a tenth of the leads": BIG, "partner with 500 leads": SMALL}
_TAB, _QUEUE = "/solution/leads/", "/admin/leads/lead/"
_STOCK = "/rivals/admin/leads/lead/"
BARE, LIST_VIEW = "Bare view of the same 25 leads", "Stock ListView"

_BY_TYPE = "?commission_type__exact=flat_fee"
# The queue's pages, each with the stock changelist's page that shows the same and its bar
_QUEUE_PAGES = {
    "first page": ("", "?status__exact=submitted", 0.25),
    "every status": ("?status=all", "", 0.1),
    "one status": ("?status=approved", "?status__exact=approved", 0.1),
    "overdue": ("?due=overdue", None, None),
    "meets criteria": ("?meets_criteria__exact=1", "?meets_criteria__exact=1", 0.1),
    "commission type": (
        "?commission_type__exact=flat_fee",
        "?commission_type__exact=flat_fee",
        0.1,
    ),
    "source": ("?source__exact=form", "?source__exact=form", 0.1),
    "one partner's": ("?status=all&partner_id=1", None, None),
    "a partner's name": ("?status=all&partner_name={partner}", None, None),
    "newest first": ("?status=all&o=-7", "?o=-8", 0.1),
    "search": (f"?q={FREQUENT}", f"?q={FREQUENT}", 0.1),
    "page 4 of a search": (f"?q={FREQUENT}&p=4", None, None),
    "page 30": ("?status=all&p=30", "?p=8", 0.1),
    "beyond the first thousand": ("?status=all&after={beyond}", None, None),
    "rare search": (f"?q={RARE}", f"?q={RARE}", 1 / 40),
}
_WORDS = {
    "common word": FREQUENT,
    "rare word": RARE,
    "absent word": ABSENT,
    "word common elsewhere, rare here": ELSEWHERE,
    "three letters": FREQUENT[:3],
    "two letters": PREFIX,
    "two rare letters": RARE_PREFIX,
    "two absent letters": ABSENT_PREFIX,
    "one letter": PREFIX[0],
    "one absent letter": ABSENT_PREFIX[0],
}
_SEARCHED = {
    **{who: (email, f"{_TAB}?") for who, email in _PARTNERS.items()},
    "queue": (SALES, f"{_QUEUE}?"),
    "queue, one partner's": (SALES, f"{_QUEUE}?partner_id=1&"),
}

PAGES: dict[str, dict[str, Page]] = {
    "leads": {
        **{
            f"Leads tab, {who}: {name}": Page(email, _TAB + query, 25)
            for who, email in _PARTNERS.items()
            for name, query in (
                ("first page", ""),
                ("deep in the list", "?before={deep}"),
                ("first page of a status", "?status=approved"),
            )
        },
        BARE: Page(BIG, "/rivals/bare/"),
        LIST_VIEW: Page(BIG, "/rivals/list/"),
    },
    "search": {
        f"Search, {where}: {name}": Page(who, f"{address}q={word}" if word else address)
        for where, (who, address) in _SEARCHED.items()
        for name, word in {"first page": "", **_WORDS}.items()
    },
    "queue": {
        f"Queue: {name}": Page(SALES, _QUEUE + query, None if name == "rare search" else 25)
        for name, (query, *_) in _QUEUE_PAGES.items()
    },
    "stock": {
        f"Stock changelist: {name}": Page("stock@vendor.example", _STOCK + query)
        for name, (_, query, _) in _QUEUE_PAGES.items()
        if query is not None
    },
}

_FIRST_OF_BIG = "Leads tab, partner with a tenth of the leads: first page"
_APPROVAL = f"Approving {BULK:,} leads"
_SUBMITS = f"Submitting, {CLIENTS} clients"

BARS: dict[str, list[Bar]] = {
    "leads": [
        *(
            Bar(page, page + SAME_WITH_FEW, at_most=1.1, needs_size=True)
            for page in PAGES["leads"]
            if page.startswith("Leads tab")
        ),
        *(
            Bar(
                f"Leads tab, {who}: deep in the list",
                f"Leads tab, {who}: first page",
                at_most=1.1,
                needs_size=True,
            )
            for who in _PARTNERS
        ),
        Bar(_FIRST_OF_BIG, BARE, at_most=1.6, needs_size=True),
        Bar(LIST_VIEW, BARE),
        Bar("leads: most queries of a page", at_most=MOST_QUERIES),
        Bar("leads: most COUNT(*) of a page", at_most=0),
    ],
    "search": [
        *(
            Bar(
                f"Search, {where}: {name}",
                f"Search, {where}: first page",
                at_most=3,
                needs_size=True,
            )
            for where in _SEARCHED
            for name in _WORDS
        ),
        Bar("search: most queries of a page", at_most=MOST_QUERIES),
    ],
    "queue": [
        *(
            Bar(
                page,
                page + SAME_WITH_FEW,
                # A rare word has fewer leads to show among a thousand.
                at_most=None if page.endswith("rare search") else 1.1,
                needs_size=True,
            )
            for page in PAGES["queue"]
        ),
        *(
            Bar(f"Queue: {name}", f"Stock changelist: {name}", at_most=at_most, needs_size=True)
            for name, (_, stock, at_most) in _QUEUE_PAGES.items()
            if stock is not None
        ),
        Bar("queue: most queries of a page", at_most=MOST_QUERIES),
    ],
    "form": [
        Bar("Form", "formtools with crispy-forms", at_most=1.15),
        Bar("Form", "pretalx's submission", at_most=0.35, database="SQLite"),
    ],
    "submits": [
        Bar(_SUBMITS, "Bare one-row insert view", at_least=0.2),
        Bar(f"{_SUBMITS}: errors", at_most=0),
        Bar(f"{_SUBMITS}, half of them deciding"),
        Bar(f"{_SUBMITS}, half of them deciding: errors", at_most=0),
        Bar(f"{_SUBMITS}: 99th percentile", f"{_SUBMITS}: median", at_most=3, database="SQLite"),
        Bar(f"{_SUBMITS}: 99th percentile", f"{_SUBMITS}: median", database="PostgreSQL"),
    ],
    "bulk": [
        Bar(f"{_APPROVAL} at once", f"{_APPROVAL} one by one", at_most=0.5),
        Bar(f"{_APPROVAL}: statements without email", "… for 10 leads", at_most=1),
        Bar(f"Approving all of a filter: a step of {BULK:,}", "… the page that asks before"),
    ],
    "weight": [
        Bar("KB of the heaviest partner page, cold: HTML, CSS and JavaScript", at_most=60),
        Bar("KB of the heaviest partner page, warm: HTML", at_most=12),
        Bar("Most stylesheets of a page", at_most=3),
        Bar("Most scripts of a page", at_most=2),
        Bar("Most files of a page that are not cached for a year", at_most=0),
        Bar("Largest layout shift of a page", at_most=0),
    ],
    "check": [Bar("manage.py check", "… of a bare project with the same apps", at_most=1.3)],
    "server": [
        Bar("Server, from its start to the first answer", at_most=2),
    ],
    "audit": [
        Bar("manage.py audit_ledger", "Streaming and hashing the entries", at_most=4),
        Bar("Computing the chain's hashes", "Streaming and hashing the entries"),
        Bar(
            "manage.py audit_ledger: peak of memory",
            f"manage.py audit_ledger: peak of memory{SAME_WITH_A_QUARTER}",
            at_most=1.1,
            # Its caches are not full with fewer entries.
            needs_size=True,
        ),
    ],
}
