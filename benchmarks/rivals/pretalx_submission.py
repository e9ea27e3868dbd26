"""A runner of pretalx's submission: its three steps, by a speaker who is signed in.

Runs in pretalx's own environment, on a SQLite in PRETALX_DATA_DIR. The event is small: one kind of
session, one optional question (without it there would be two steps), no speaker but this one.
"""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django
from django.core.management import call_command
from django.test import Client

from benchmarks.runner import serve
from benchmarks.visits import post

START = "/small/submit/"


def speaker_of_an_event() -> object:
    """Make the event; return its speaker."""
    from pretalx.event.models import Event, Organiser
    from pretalx.person.models import User
    from pretalx.submission.models import Question

    now = datetime.now(UTC)
    organiser = Organiser.objects.create(name="Organiser", slug="organiser")
    made = Event.objects.create(
        name="Small",
        slug="small",
        is_public=True,
        organiser=organiser,
        email="organiser@example.com",
        date_from=now.date() + timedelta(days=30),
        date_to=now.date() + timedelta(days=31),
        timezone="UTC",
    )
    made.build_initial_data()
    made.cfp.deadline = now + timedelta(days=10)
    made.cfp.save()
    Question.objects.create(
        event=made, question="Anything else?", variant="string", target="submission"
    )
    return User.objects.create(email="speaker@example.com", name="Speaker")


def answers(step: str, html: str) -> dict[str, str]:
    """Return what is typed on a step; its select boxes have one choice or are left as shown."""
    if step == "info":
        kind = re.search(r'name="?submission_type"?[^>]*?value="?(\d+)', html)
        typed = {
            "title": "How partners send leads",
            "abstract": "What we learned when partners began to send us their leads.",
            "description": "They want to replace their contact form by Christmas.",
            "notes": "",
            "content_locale": "en",
            "additional_speaker": "",
        }
        return typed | ({"submission_type": kind[1]} if kind else {})
    if step == "questions":
        name = re.search(r'name="?(question_\d+)', html)
        assert name, html
        return {name[1]: "No."}
    return {"name": "Speaker", "biography": "Sells services for a living."}


def variants() -> dict[str, Callable[[], object]]:
    """Return the whole way from the link to the speaker's list of submissions."""
    from django_scopes import scopes_disabled
    from pretalx.submission.models import Submission

    with scopes_disabled():
        user = speaker_of_an_event()
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    steps: list[str] = []

    def flow() -> None:
        address = client.get(START)["Location"]
        steps.clear()
        while "/submit/" in address:
            step = address.partition("?")[0].rstrip("/").rpartition("/")[2]
            shown = client.get(address)
            assert shown.status_code == 200
            turned = post(client, address, answers(step, shown.content.decode()), shown)
            assert turned.status_code == 302, turned.content.decode()
            steps.append(step)
            address = turned["Location"]
        confirmation = client.get(address)
        assert confirmation.status_code == 200
        assert b"How partners send leads" in confirmation.content

    def counted() -> int:
        with scopes_disabled():
            return Submission.objects.filter(state="submitted").count()

    before = counted()
    flow()
    assert counted() == before + 1, "There is no submission."
    assert steps == ["info", "questions", "profile"], steps
    return {"pretalx's submission": flow}


if __name__ == "__main__":
    # pretalx greets whoever starts it; the answers are to be the first that is read.
    answers_to, sys.stdout = sys.stdout, sys.stderr
    django.setup()
    call_command("migrate", verbosity=0)
    flows = variants()
    sys.stdout = answers_to
    serve(flows)
