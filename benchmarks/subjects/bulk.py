"""Bulk approval beside approving one lead at a time: same rules, same history, same emails."""

import re
from collections.abc import Callable
from html import unescape
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.databases import Server
from benchmarks.measure import Entrant, Figures, Number, Options, call, compare
from benchmarks.table import BULK, SALES
from benchmarks.visits import browser
from leadportal.partners.models import User
from leads.decisions import Decision, decide
from leads.models import Lead, LeadCount

APPROVAL = Decision(to="approved", message="We will call them this week.")
ROUNDS, WARM_UP = 3, 1
# How many partners the leads belong to: each partner's counters change
PARTNERS = 20
MOST_STEPS = 40
LIST = "/admin/leads/lead/"


def figures(server: Server, options: Options) -> Figures:
    """Measure approving `BULK` leads both ways, then all of a filter, step by step."""
    environment = server.copy("leads", max(options.sizes))
    counted = call(f"{__name__}:statements", environment)
    rounds = options.rounds_of(ROUNDS, 1)
    warm_up = 0 if options.is_quick else WARM_UP
    entrant = Entrant(f"{__name__}:variants", environment)
    times, _ = compare([entrant], rounds=rounds, warm_up=warm_up)
    step, asking, size = call(f"{__name__}:steps", environment)
    return {
        **times,
        f"Approving {BULK:,} leads: statements without email": Number(counted[1]),
        "… for 10 leads": Number(counted[0]),
        f"Approving all of a filter: a step of {BULK:,}": Number(step * 1_000, "ms", size),
        "… the page that asks before": Number(asking * 1_000, "ms"),
    }


def variants() -> dict[str, Callable[[], object]]:
    """Return both ways; each run takes the next `BULK` leads that are waiting."""
    sales = User.objects.get(email=SALES)
    waiting = iter(_waiting(2 * (WARM_UP + ROUNDS) * BULK))

    def at_once() -> None:
        outcomes = decide(Lead.objects.filter(pk__in=list(islice(waiting, BULK))), APPROVAL, sales)
        assert [outcome.moved for outcome in outcomes] == [True] * BULK

    def one_by_one() -> None:
        for pk in islice(waiting, BULK):
            (outcome,) = decide(Lead.objects.filter(pk=pk), APPROVAL, sales)
            assert outcome.moved

    return {
        f"Approving {BULK:,} leads at once": at_once,
        f"Approving {BULK:,} leads one by one": one_by_one,
    }


def _waiting(number: int) -> list[int]:
    """Return the ids of so many submitted leads, or of as many as the largest partners have."""
    largest = LeadCount.objects.filter(status="submitted").order_by("-count", "pk")[:PARTNERS]
    partners = list(largest.values_list("partner", flat=True))
    waiting = Lead.objects.filter(status="submitted", partner__in=partners).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:number])


def statements() -> list[int]:
    """Return how many statements approving 10 leads and `BULK` takes, without those for emails."""
    sales = User.objects.get(email=SALES)
    # The first decision of a process also reads the user's permissions.
    decide(Lead.objects.filter(pk__in=_waiting(1)), APPROVAL, sales)
    counts = []
    for number in (10, BULK):
        leads = Lead.objects.filter(pk__in=_waiting(number))
        with CaptureQueriesContext(connection) as queries:
            decide(leads, APPROVAL, sales)
        counts.append(sum("mail_outgoingmail" not in query["sql"] for query in queries))
    return counts


def steps() -> tuple[float, float, str]:
    """Approve all of the queue by the admin's pages; return the seconds of the median step and of
    the page that asks before, and how many leads the filter had.
    """
    waiting = Lead.objects.filter(status="submitted").order_by("pk")
    size = waiting.count()
    client = browser(SALES)
    chosen = {"action": "approve_selected", "select_across": "1", "_selected_action": waiting[0].pk}
    begun = perf_counter()
    address = client.post(LIST, chosen)["Location"]
    shown = client.get(address)
    asking = perf_counter() - begun
    taken: list[float] = []
    while shown.status_code == 200 and len(taken) < MOST_STEPS:
        decision = {"do": "decide", "message": APPROVAL.message}
        begun = perf_counter()
        shown = client.post(address, _hidden_fields(shown) | decision)
        taken.append(perf_counter() - begun)
    left = waiting.count()
    assert left == max(0, size - BULK * len(taken)), (size, len(taken), left)
    return median(taken), asking, f"{size:,} leads in the filter"


def _hidden_fields(page: Any) -> dict[str, list[str]]:
    """Return the hidden fields of the page's own form."""
    html = page.content.decode()
    form = html[re.search(r'<form (class="decision"|id="step")', html).start() :]  # type: ignore[union-attr]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        fields.setdefault(name, []).append(unescape(value))
    return fields
