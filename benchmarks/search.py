"""Search: a common, a rare and an absent word, and one that only others' leads are full of.

Beside the first page of the same list, with as many leads: the partner's list and sales' queue.
"""

from collections.abc import Callable

from benchmarks.course import Entrant, compete
from benchmarks.databases import VENDORS, Ground
from benchmarks.program import BIG, SALES, SMALL
from benchmarks.timing import Row
from benchmarks.visits import browser, visit
from benchmarks.words import ABSENT, ABSENT_PREFIX, ELSEWHERE, FREQUENT, PREFIX, RARE, RARE_PREFIX

ROUNDS = 25
BAR, MOST_QUERIES = 3, 8
LIST, QUEUE = "/solution/leads/", "/admin/leads/lead/"
WORDS = {
    "a common word": FREQUENT,
    "a rare word": RARE,
    "an absent word": ABSENT,
    "a word common elsewhere, rare at this partner": ELSEWHERE,
    "three letters": FREQUENT[:3],
    "two letters": PREFIX,
    "two rare letters": RARE_PREFIX,
    "two absent letters": ABSENT_PREFIX,
    "one letter": PREFIX[0],
    "one absent letter": ABSENT_PREFIX[0],
}
LISTS = {
    "a partner with a tenth of the leads": "big",
    "a partner with 500": "small",
    "sales, every lead": "queue",
    "sales, one partner's": "queue of one",
}


def variants() -> dict[str, Callable[[], object]]:
    sales = browser(SALES)
    places = {
        "big": (browser(BIG), f"{LIST}?"),
        "small": (browser(SMALL), f"{LIST}?"),
        "queue": (sales, f"{QUEUE}?"),
        "queue of one": (sales, f"{QUEUE}?partner_id=1&"),
    }
    pages: dict[str, Callable[[], object]] = {}
    for name, (client, address) in places.items():
        pages[f"{name} first"] = visit(client, address)
        for words, query in WORDS.items():
            pages[f"{name} {words}"] = visit(client, f"{address}q={query}")
    return pages


def rows(ground: Ground, rounds: int | None = None) -> list[Row]:
    """Return the comparisons on each database, with the most leads there are."""
    found = []
    for vendor in ground.vendors:
        environment = ground.environment(vendor, ground.largest)
        outcome = compete([Entrant("", __name__, environment)], rounds=rounds or ROUNDS, counted="")
        for who, name in LISTS.items():
            first = outcome.times["", f"{name} first"]
            for words in WORDS:
                variant = "", f"{name} {words}"
                here, queries = outcome.times[variant], len(outcome.statements[variant])
                subject, what = f"Search, {ground.largest:,} leads", f"{words}, {who}"
                ratio = here.beside(first)
                beside = f"first page: {first}"
                found.append(Row(subject, what, VENDORS[vendor], str(here), beside, ratio, BAR))
                if queries > MOST_QUERIES:
                    found.append(
                        Row(
                            subject,
                            what,
                            VENDORS[vendor],
                            f"{queries} queries",
                            "",
                            queries,
                            MOST_QUERIES,
                            unit="queries",
                        )
                    )
    return found
