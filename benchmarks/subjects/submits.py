"""Submitting and deciding by many clients at once: the real server, on filled tables.

SQLite is served by sync workers, as many as gunicorn's documentation recommends for two cores:
twice the cores and one. PostgreSQL is served by two gthread workers. The rival is a view that
validates a form and inserts one row, in the same server. In a first round each worker loads what it
needs: only its errors count.
"""

import json
import subprocess
import sys
from itertools import chain
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.utils import timezone

from benchmarks.databases import Server
from benchmarks.measure import ROOT, Figures, Number, Options, call
from benchmarks.serving import serve
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


def figures(server: Server, options: Options) -> Figures:
    """Measure the three loads in turn, round by round."""
    rounds, posts = (options.rounds_of(6, 3), 4 if options.is_quick else 8)
    environment = server.copy("leads", max(options.sizes))
    loads = call(f"{__name__}:loads", environment, (1 + rounds) * posts)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in loads}
    with serve(environment, *WORKERS[server.kind]) as (port, _):
        for number in range(1 + rounds):
            for name, clients in loads.items():
                part = slice(number * posts, (number + 1) * posts)
                found[name].append(_send(port, clients, part))
    errors = {name: _all("errors", measured) for name, measured in found.items()}
    for error in [*chain(*errors.values())][:10]:
        print(error, file=sys.stderr)
    latencies = sorted(_all("latencies", found[SUBMITS][1:]))
    return {
        **{name: Number(_rate(measured[1:]), "/s") for name, measured in found.items()},
        **{f"{name}: errors": Number(len(found)) for name, found in errors.items()},
        f"{SUBMITS}: 99th percentile": Number(1_000 * latencies[len(latencies) * 99 // 100], "ms"),
        f"{SUBMITS}: median": Number(1_000 * median(latencies), "ms"),
    }


def _send(port: int, clients: list[dict[str, Any]], part: slice) -> dict[str, Any]:
    told = [client | {"posts": client["posts"][part]} for client in clients]
    output = subprocess.run(
        (sys.executable, "-m", "benchmarks.load", str(port)),
        cwd=ROOT,
        input=json.dumps(told),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    result: dict[str, Any] = json.loads(output)
    return result


def _all(name: str, results: list[dict[str, Any]]) -> list[Any]:
    return list(chain.from_iterable(result[name] for result in results))


def _rate(results: list[dict[str, Any]]) -> float:
    """Return the posts answered per second."""
    return len(_all("latencies", results)) / sum(result["seconds"] for result in results)


def loads(posts: int) -> dict[str, list[dict[str, object]]]:
    """Prepare drafts and sessions; return by load the clients, each with so many posts."""
    owners = list(User.objects.filter(role=User.Role.OWNER).order_by("pk")[:CLIENTS])
    half = CLIENTS // 2
    waiting = iter(Lead.objects.filter(status="submitted").order_by("pk")[: half * posts])
    decision = _body({"do": "decide", "message": "We will call them this week.", "note": ""})
    deciding = [
        [(f"/admin/leads/lead/{next(waiting).pk}/approve/", decision) for _ in range(posts)]
        for _ in range(half)
    ]
    sales = User.objects.get(email=SALES)
    row = {
        "company_name": "Nordwind Retail",
        "first_name": "Anna",
        "last_name": "Lindqvist",
        "email": "anna.lindqvist@nordwind.example",
        "text": "They want to replace their contact form by Christmas.",
    }
    return {
        BARE: [_client(owner, [("/rivals/insert/", _body(row))] * posts) for owner in owners],
        SUBMITS: [_client(owner, _submits(owner, posts)) for owner in owners],
        MIXED: [
            *(_client(owner, _submits(owner, posts)) for owner in owners[half:]),
            *(_client(sales, decisions) for decisions in deciding),
        ],
    }


def _submits(user: User, posts: int) -> list[tuple[str, str]]:
    typed = answers()
    drafts = Draft.objects.bulk_create(
        Draft(
            pk=uuid4(),
            author=user,
            answers=typed["contact"] | typed["deal"],
            saved_at=timezone.now(),
        )
        for _ in range(posts)
    )
    body = _body(typed["agreements"] | {"action": "submit"})
    return [(f"/solution/leads/submit/{draft.pk}/agreements/", body) for draft in drafts]


def _client(user: User, posts: list[tuple[str, str]]) -> dict[str, object]:
    session = browser(user.email).cookies["sessionid"].value
    return {"cookie": f"sessionid={session}; csrftoken={SECRET}", "posts": posts}


def _body(fields: dict[str, str]) -> str:
    return urlencode(fields | {"csrfmiddlewaretoken": SECRET})
