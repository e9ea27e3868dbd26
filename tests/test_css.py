"""Our stylesheets and our markup know the same classes, and say each thing once."""

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.any_database

ROOT = Path(settings.BASE_DIR)
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
PACKAGES = ("leads", "commissions", "leadportal")
# What Django's admin, crispy forms and htmx write into pages, or style.
FOREIGN = {
    *("action-checkbox", "action-select", "breadcrumbs", "button", "errorlist", "help", "helptext"),
    *("messagelist", "readonly", "submit-row", "inline-group", "sorted"),
    *("htmx-request", "htmx-indicator"),
}
STYLED_BY_DJANGO = {
    "ascending",
    "aligned",
    "app",
    "clear",
    "errornote",
    "hiddenfields",
    "results",
    "sortoptions",
    "sortpriority",
    "sortremove",
    "text",
    "toggle",
    "paginator",
}


def rules(sheet: Path) -> str:
    """Return the sheet without comments, strings and addresses."""
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return re.sub(r'"[^"]*"', '""', css)


def selectors(sheet: Path) -> list[str]:
    return re.findall(r"([^{};]+)\{", rules(sheet))


def styled() -> set[str]:
    return {
        name
        for sheet in SHEETS
        for selector in selectors(sheet)
        if not selector.lstrip().startswith("@")
        for name in re.findall(r"\.(-?[a-zA-Z_][\w-]*)", selector)
    }
