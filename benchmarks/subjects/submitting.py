"""Prepares what many clients post at once: signed-in people, whole drafts, leads to decide."""

import os
from urllib.parse import urlencode
from uuid import uuid4

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from benchmarks import submitted
from benchmarks.subjects.wizard import answers
from leadportal.partners.models import User
from leads.models import Draft

SECRET = "b" * 32  # of the CSRF cookie: any will do, as long as the form sends the same


def tell() -> dict[str, list[dict[str, object]]]:
    """Migrate; return by kind of load CLIENTS clients with POSTS posts each, as load.py reads
    them: `bare` inserts, `submit`, and `mixed`, half of whose clients decide.
    """
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable", verbosity=0)
    clients, posts = int(os.environ["CLIENTS"]), int(os.environ["POSTS"])
    partners = submitted.partner_users(clients)
    sales = submitted.sales_user()
    deciding = iter(submitted.submitted(clients // 2 * posts))
    decision = {"do": "decide", "message": "We will call them this week.", "note": ""}
    mixed = [_client(user, _submits(user, posts)) for user in partners[clients // 2 :]]
    for _ in range(clients // 2):
        decides = [
            (f"/admin/leads/lead/{next(deciding)}/approve/", _body(decision)) for _ in range(posts)
        ]
        mixed.append(_client(sales, decides))
    row = {
        "company_name": "Nordwind Retail",
        "first_name": "Anna",
        "last_name": "Lindqvist",
        "email": "anna.lindqvist@nordwind.example",
        "text": "They want to replace their contact form by Christmas.",
    }
    return {
        "bare": [_client(user, [("/insert/", _body(row))] * posts) for user in partners],
        "submit": [_client(user, _submits(user, posts)) for user in partners],
        "mixed": mixed,
    }


def _submits(user: User, posts: int) -> list[tuple[str, str]]:
    contact, deal, agreements = answers()
    drafts = [
        Draft(pk=uuid4(), author=user, answers=contact | deal, saved_at=timezone.now())
        for _ in range(posts)
    ]
    Draft.objects.bulk_create(drafts)
    body = _body(agreements | {"action": "submit"})
    return [(f"/solution/leads/submit/{draft.pk}/agreements/", body) for draft in drafts]


def _client(user: User, posts: list[tuple[str, str]]) -> dict[str, object]:
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    session = browser.cookies["sessionid"].value
    return {"cookie": f"sessionid={session}; csrftoken={SECRET}", "posts": posts}


def _body(fields: dict[str, str]) -> str:
    return urlencode(fields | {"csrfmiddlewaretoken": SECRET})
