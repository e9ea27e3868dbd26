"""The whole form, from its first page to the confirmation, beside two others.

- django-formtools' SessionWizardView with crispy-forms: the same fields, frame and rows written;
- pretalx's submission of a talk, which has three steps: its release from PyPI, a small event. It
  runs on a SQLite of its own, so it is compared on SQLite only.
"""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.db.models import Sum

from benchmarks.databases import Server
from benchmarks.measure import Entrant, Figures, Number, Options, compare
from benchmarks.rivals import installing
from benchmarks.table import BIG
from benchmarks.visits import answers, browser, post
from leadportal.mail.models import OutgoingMail
from leads.models import DealLine, Lead, LeadCount, LeadEvent

START = "/solution/leads/submit/"


def figures(server: Server, options: Options) -> Figures:
    """Measure the three forms in turn."""
    environment = server.copy("leads", min(options.sizes))
    formtools = environment | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.rivals.formtools_settings",
        "PYTHONPATH": str(installing.package("formtools")),
    }
    entrants = [
        Entrant(f"{__name__}:variants", environment),
        Entrant("benchmarks.rivals.formtools_wizard:variants", formtools),
    ]
    failure: Figures = {}
    with tempfile.TemporaryDirectory(prefix="pretalx") as folder:
        if not server.is_postgresql:
            try:
                entrants.append(_pretalx(folder))
            except subprocess.CalledProcessError as error:
                reason = f"does not install: {error}"
                failure = {"pretalx's submission": Number(float("nan"), "", reason)}
        times, _ = compare(entrants, seconds=options.seconds)
    return {**times, **failure}


def _pretalx(folder: str) -> Entrant:
    """Return pretalx's process. Raises CalledProcessError where it cannot be installed."""
    Path(folder).chmod(0o755)
    return Entrant(
        environment={
            "PRETALX_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "benchmarks.rivals.pretalx_settings",
        },
        command=(
            str(installing.python("pretalx")),
            *("-m", "benchmarks.rivals.pretalx_submission"),
        ),
    )


def variants() -> dict[str, Callable[[], object]]:
    """Return the whole flow, from the link to the confirmation."""
    client, typed = browser(BIG), answers()

    def flow() -> None:
        address = client.get(START)["Location"]
        for page in typed.values():
            shown = client.get(address)
            assert shown.status_code == 200
            turned = post(client, address, page | {"action": "continue"}, shown)
            assert turned.status_code == 302, turned.content.decode()
            address = turned["Location"]
        assert b"LD-" in client.get(address).content

    assert_submits(flow)
    return {"Form": flow}


def assert_submits(flow: Callable[[], object]) -> None:
    """Try the flow once: it must leave a lead with its line, event, counter and two emails."""

    def rows() -> dict[str, int]:
        models = (Lead, DealLine, LeadEvent, OutgoingMail)
        counted = {model.__name__: model.objects.count() for model in models}
        return counted | {"counter": LeadCount.objects.aggregate(all=Sum("count"))["all"]}

    before = rows()
    flow()
    more = {name: count - before[name] for name, count in rows().items()}
    assert more == {"Lead": 1, "DealLine": 1, "LeadEvent": 1, "OutgoingMail": 2, "counter": 1}, more
