"""Approving many leads: by one decision, and by one decision each."""

import os
import re
from collections.abc import Callable
from html import unescape
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import submitted
from leads.decisions import Decision, decide
from leads.models import Lead
from leads.status import Status

APPROVAL = Decision(to=Status.APPROVED, message="We will call them this week.")
FEW = 10
LIST = "/admin/leads/lead/"


def variants() -> dict[str, Callable[[], object]]:
    """Return both ways; LEADS are decided by each run, of which there are RUNS of each way."""
    leads, runs = int(os.environ["LEADS"]), int(os.environ["RUNS"])
    sales = submitted.sales_user()
    waiting = submitted.submitted(2 * leads * runs)

    def next_leads() -> list[int]:
        return [waiting.pop() for _ in range(leads)]

    def at_once() -> None:
        moved = decide(Lead.objects.filter(pk__in=next_leads()), APPROVAL, sales)
        assert all(outcome.moved for outcome in moved)

    def one_by_one() -> None:
        for pk in next_leads():
            (outcome,) = decide(Lead.objects.filter(pk=pk), APPROVAL, sales)
            assert outcome.moved

    return {"at once": at_once, "one by one": one_by_one}


def tell() -> dict[str, float]:
    """Return how many statements a decision over few and over LEADS takes, mail aside, and how
    long the pages take that decide all of a filter of ACROSS leads. Migrates first.
    """
    submitted.migrated()
    # The first decision of a process reads the actor's permissions as well.
    statements(1)
    counted = {"few": statements(FEW), "many": statements(int(os.environ["LEADS"]))}
    return counted | steps(int(os.environ["ACROSS"]))


def statements(number: int) -> int:
    """Return how many statements other than mail's a decision over so many leads takes."""
    ids = submitted.submitted(number)
    with CaptureQueriesContext(connection) as queries:
        decide(Lead.objects.filter(pk__in=ids), APPROVAL, submitted.sales_user())
    return sum("mail_outgoingmail" not in query["sql"] for query in queries)


def steps(number: int) -> dict[str, float]:
    """Decide all of a filter of so many leads by the admin's pages; return the seconds they took:
    the page between, and the median step.
    """
    first = submitted.submitted(number)[0]
    client = Client(headers={"host": "localhost"})
    client.force_login(submitted.sales_user())
    begun = perf_counter()
    chosen = {"action": "approve_selected", "select_across": "1", "_selected_action": first}
    shown: Any = client.post(LIST, chosen)
    between = perf_counter() - begun
    taken = []
    while shown.status_code == 200:
        begun = perf_counter()
        shown = client.post(LIST, carried(shown) | {"do": "decide", "message": APPROVAL.message})
        taken.append(perf_counter() - begun)
    assert shown.status_code == 302, shown
    assert not Lead.objects.filter(status=Status.SUBMITTED).exists()
    taken.sort()
    return {"between": between, "step": taken[len(taken) // 2], "steps": len(taken)}


def carried(page: Any) -> dict[str, list[str]]:
    """Return the hidden fields of the page's own form."""
    html = page.content.decode()
    form = html[re.search(r'<form (class="decision"|id="step")', html).start() :]  # type: ignore[union-attr]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        fields.setdefault(name, []).append(unescape(value))
    return fields
