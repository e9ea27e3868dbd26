"""The page about the status machine says what the one table says."""

import re
from pathlib import Path

from django.conf import settings

from leads.status import TRANSITIONS, UNDOINGS, Status

PAGE = Path(settings.BASE_DIR) / "docs" / "status-machine.md"


def test_status_machine_page_matches_the_table():
    page, _, _ = PAGE.read_text().partition("Every change of status")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    documented = {name: targets for name, targets in rows if name in Status.labels}
    expected = {
        Status(old).label: ", ".join(Status(new).label for new in targets) or "–"
        for old, targets in TRANSITIONS.items()
    }
    assert documented == expected
    undone = re.findall(r"^\| Won \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)
    assert undone == [to.label for to in UNDOINGS]
