"""Our stylesheets and our markup know the same classes, and each thing is said once."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin import site

from commissions.payouts.models import Withdrawal, WithdrawalStatus
from leadportal.approvals.models import Approval, State
from leadportal.ui.documents.model import Kind
from leads.status import DEFINITIONS

ROOT = Path(settings.BASE_DIR)
SHEETS = {sheet.stem: sheet for sheet in sorted((ROOT / "static/css").glob("*.css"))}
TEMPLATES = [
    template
    for template in sorted((ROOT / "templates").rglob("*.html"))
    # A mail carries its own styles, as no mail program asks for a stylesheet.
    if not {"mail", "email"} & set(template.relative_to(ROOT).parts)
]
MODULES = [
    *(
        path
        for name in ("leads", "commissions", "leadportal")
        for path in (ROOT / name).rglob("*.py")
    ),
    ROOT / "static/js/portal.js",
]

# Styled by us, written into pages by Django's admin, crispy forms and htmx
WRITTEN_BY_OTHERS = {
    *("aligned", "breadcrumbs", "errorlist", "helptext", "inline-group", "messagelist"),
    "shifted",
    *(
        "action-checkbox",
        "action-checkbox-column",
        "action-select",
        "object-tools",
        "readonly",
        "sortable",
        "submit-row",
        "form-check-inline",
        "htmx-indicator",
        "htmx-request",
    ),
}
# Read by our tests alone: what a chart's words are
IN_DRAWINGS = {"chart-amount", "chart-year"}
# Written by us, styled by Django's admin
STYLED_BY_DJANGO = {
    *("ascending", "clear", "descending", "hiddenfields", "sortoptions", "sortpriority"),
    *("sortremove", "toggle", "action-counter", "all", "hidden", "paginator", "question"),
    *("addlink", "changelink", "viewlink", "current-app", "current-model"),
}
# Written with a part that only a row or a page knows
VARYING = {
    "status-": {"waiting", "active", "done", "returned", "closed", "refused"},
    "column-": {kind.value for kind in Kind},
    "final-line-": {"plan", "agents"},
    "app-": {"leads", "commissions"},
}

TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CLASSES = re.compile(r'\bclass="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"', re.DOTALL)
WORD = re.compile(r"[\w-]+")


def rules_of(sheet: Path) -> str:
    """Return the sheet without comments and strings."""
    bare = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return re.sub(r'"[^"]*"', '""', bare)


def selectors_of(sheet: Path) -> list[str]:
    """Return what stands before each block: selectors, and media queries."""
    return [before.strip() for before in re.findall(r"([^{};]+)\{", rules_of(sheet))]


def styled(sheets: Iterable[Path]) -> set[str]:
    """Return the classes that the sheets style."""
    return {
        name
        for sheet in sheets
        for selector in selectors_of(sheet)
        if not selector.startswith("@")
        for name in re.findall(r"\.([a-zA-Z_][\w-]*)", selector)
    }


def written_in(template: Path) -> set[str]:
    """Return the classes that the template writes, of all its branches."""
    return {
        name
        for value in CLASSES.findall(template.read_text())
        # What a tag writes is a part of the name, and tags of other kinds stand between names.
        for name in TAG.sub(lambda tag: " " if tag[0].startswith("{%") else "…", value).split()
        if "…" not in name
    }


def test_every_class_that_is_styled_is_written_somewhere():
    known = {
        *(name for template in TEMPLATES for name in written_in(template)),
        *(word for module in MODULES for word in WORD.findall(module.read_text())),
        *(prefix + part for prefix, parts in VARYING.items() for part in parts),
        *WRITTEN_BY_OTHERS,
    }
    assert not styled(SHEETS.values()) - known


@pytest.mark.parametrize("prefix", VARYING)
def test_classes_with_a_part_that_varies_are_written_so(prefix):
    written = re.compile(re.escape(prefix) + r"\{")
    assert any(written.search(path.read_text()) for path in (*TEMPLATES, *MODULES))


def test_every_class_that_is_written_is_styled():
    known = styled(SHEETS.values()) | STYLED_BY_DJANGO | IN_DRAWINGS
    unknown = {
        f"{template.relative_to(ROOT)}: {name}"
        for template in TEMPLATES
        for name in written_in(template) - known
    }
    assert not unknown


def test_tones_and_badges_are_the_same():
    tones = {
        *(definition.tone for definition in DEFINITIONS.values()),
        *(Withdrawal(status=status).tone for status in WithdrawalStatus),
        *(Approval(state=state).tone for state in State),
    }
    badges = {name for name in styled([SHEETS["components"]]) if name.startswith("status-")}
    assert badges == {f"status-{tone}" for tone in tones}


def test_colors_are_tokens():
    """The portal knows no color but the tokens; the admin those that Django alone has."""
    color = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(")
    for name in ("components", "portal"):
        assert not color.findall(rules_of(SHEETS[name])), name
    own, _, rest = rules_of(SHEETS["admin"]).partition("}")
    assert "html:root" in own
    assert set(color.findall(rest)) <= {"#ffffff"}  # the ring of the focus on the header


def test_variables_are_defined_once():
    defined = [
        name
        for sheet in SHEETS.values()
        for block in re.findall(r"html:root\s*\{([^}]*)\}", rules_of(sheet))
        for name in re.findall(r"(--[\w-]+):", block)
    ]
    assert len(defined) == len(set(defined))


def test_no_stylesheet_counts_columns_or_names_them():
    """A cell's label and its column's kind are in the markup: `leadportal/ui/columns.py`."""
    named = {
        column if isinstance(column, str) else column.__name__
        for model_admin in site._registry.values()
        for column in model_admin.list_display
    }
    lists = [SHEETS["admin"], SHEETS["components"]]
    assert not styled(lists) & {f"field-{name}" for name in named}
    for sheet in SHEETS.values():
        assert "nth-child" not in rules_of(sheet)
        assert not re.findall(r'content: "[A-Za-z]', sheet.read_text())
