"""The wording rules: no private vocabulary in texts and docs, and every link in the docs works."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("commissions", "leadportal", "leads")
DOCS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

FORBIDDEN = re.compile(
    r"""
    \b(?:told|mended|reckoned|asked\ with|what\ became\ of\ it|the\ brief|the\ issue)\b
    | \bdoors?\b
    | \bwhole\b(?!\ (?:cents|number|dollars))
    | by\ the\ clock\ of | reason\ stands\ with | no\ lead\ led\ to | Entries\ it\ belongs\ to
    | The\ other\ way\ pays | pending\ as\ paid | Choose\ either\ this | sales\ price\ per\ deal
    | This\ field\ is\ required | aria-labeledby
    """,
    re.VERBOSE | re.IGNORECASE,
)
MAIL = re.compile(r"\b(?:a|the|get|latest|outgoing|failed) mails?\b(?! server)", re.IGNORECASE)
SENT = re.compile(r"\b(?:a|this|the|your) lead (?:was|has been|is) sent\b", re.IGNORECASE)


def texts() -> Iterator[tuple[str, str]]:
    """Yield every template, every line of the docs and every Python string, with its place."""
    for path in (*sorted((ROOT / "templates").rglob("*.*")), *DOCS):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def test_texts_use_plain_words():
    found = [f"{place}: {hit[0]}" for place, text in texts() for hit in FORBIDDEN.finditer(text)]
    assert not found, "\n".join(found)


def test_pages_say_email_and_submitted():
    pages = [(place, text) for place, text in texts() if place.startswith("templates")]
    found = [
        f"{place}: {hit[0]}"
        for place, text in pages
        for rule in (MAIL, SENT)
        for hit in rule.finditer(text)
    ]
    assert not found, "\n".join(found)


def anchors(path: Path) -> set[str]:
    """Return the anchors of a Markdown file's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_in_the_docs_work(path):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        name, _, anchor = target.partition("#")
        if "://" in name or name.startswith("mailto:"):
            continue
        linked = (path.parent / name).resolve() if name else path
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)
    assert not broken
