"""Submitting and deciding by many clients at once: the real server, on filled tables.

SQLite is served by sync workers, as many as gunicorn's documentation recommends for two cores:
twice the cores and one. PostgreSQL is served by two gthread workers. The rival is a view that
validates a form and inserts one row, in the same server. In a first round each worker loads what it
needs: only its errors count.
"""

import sys
from itertools import chain
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from benchmarks.databases import Server
from benchmarks.measure import Figures, Number, Options, Times, call
from benchmarks.serving import Load, send, serve
from benchmarks.table import CLIENTS, SALES
from benchmarks.visits import answers, browser
from leadportal.partners.models import User
from leads.models import Draft, Lead

WORKERS = {
    "SQLite": ("--workers=5", "--worker-class=sync"),
    "PostgreSQL": ("--workers=2", "--worker-class=gthread", "--threads=4"),
}
SECRET = "b" * 32  # of the CSRF cookie: any will do, as long as the form sends the same
SUBMITS, BARE = f"Submitting, {CLIENTS} clients", "Bare one-row insert view"
MIXED = f"{SUBMITS}, half of them deciding"
ROW = {
    "company_name": "Nordwind Retail",
    "first_name": "Anna",
    "last_name": "Lindqvist",
    "email": "anna.lindqvist@nordwind.example",
    "text": "They want to replace their contact form by Christmas.",
}
DECISION = {"do": "decide", "message": "We will call them this week.", "note": ""}
Post = tuple[str, str]  # a path and an encoded body
Client = tuple[str, list[Post]]  # the cookies, and what it posts


def figures(server: Server, options: Options) -> Figures:
    """Measure the three loads in turn, round by round."""
    rounds, posts = options.rounds_of(6, 5), 4 if options.is_quick else 8
    environment = server.copy("leads", max(options.sizes))
    clients = call(f"{__name__}:clients_by_load", environment, (1 + rounds) * posts)
    loads: dict[str, list[Load]] = {name: [] for name in clients}
    with serve(environment, *WORKERS[server.kind]) as (port, _):
        for number in range(1 + rounds):
            part = slice(number * posts, (number + 1) * posts)
            for name in clients:
                loads[name].append(send(port, clients[name], part))
    errors = {name: [*chain(*(load.errors for load in loads[name]))] for name in loads}
    for error in [*chain(*errors.values())][:10]:
        print(error, file=sys.stderr)
    latencies = sorted(chain(*(load.latencies for load in loads[SUBMITS][1:])))
    return {
        **{name: Times(_rates(loads[name][1:]), "/s") for name in loads},
        **{f"{name}: errors": Number(len(errors[name])) for name in loads},
        f"{SUBMITS}: 99th percentile": Number(1_000 * latencies[len(latencies) * 99 // 100], "ms"),
        f"{SUBMITS}: median": Number(1_000 * median(latencies), "ms"),
    }


def _rates(loads: list[Load]) -> dict[int, float]:
    """Return the posts answered per second, by round."""
    return {number: len(load.latencies) / load.seconds for number, load in enumerate(loads)}


def clients_by_load(posts: int) -> dict[str, list[Client]]:
    """Prepare drafts and sessions; return by load the clients, each with so many posts."""
    owners = list(User.objects.filter(role=User.Role.OWNER).order_by("pk")[:CLIENTS])
    half = CLIENTS // 2
    submitted = Lead.objects.filter(status="submitted").order_by("pk")
    waiting = iter(submitted.values_list("pk", flat=True)[: half * posts])
    sales = User.objects.get(email=SALES)
    deciding = [
        _client(
            sales,
            [(f"/admin/leads/lead/{next(waiting)}/approve/", DECISION) for _ in range(posts)],
        )
        for _ in range(half)
    ]
    return {
        BARE: [_client(owner, [("/rivals/insert/", ROW)] * posts) for owner in owners],
        SUBMITS: [_client(owner, _submits(owner, posts)) for owner in owners],
        MIXED: [*(_client(owner, _submits(owner, posts)) for owner in owners[half:]), *deciding],
    }


def _submits(user: User, posts: int) -> list[tuple[str, dict[str, str]]]:
    contact, deal, agreements = answers().values()
    draft = {"author": user, "partner": user.partner, "saved_at": timezone.now()}
    draft["answers"] = contact | deal
    drafts = Draft.objects.bulk_create(Draft(**draft) for _ in range(posts))
    typed = agreements | {"action": "submit"}
    return [(f"/solution/leads/submit/{draft.pk}/agreements/", typed) for draft in drafts]


def _client(user: User, posts: list[tuple[str, dict[str, Any]]]) -> Client:
    session = browser(user.email).cookies["sessionid"].value
    token = {"csrfmiddlewaretoken": SECRET}
    return (
        f"sessionid={session}; csrftoken={SECRET}",
        [(path, urlencode(typed | token)) for path, typed in posts],
    )
