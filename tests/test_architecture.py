"""The rules of the house that a program can check (the rest are for the reader)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("leadportal", "commissions", "leads")
MODULES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
# Mail is its own document: no stylesheet reaches it, and no policy applies.
PAGES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if "mail" not in path.parts]
REFUSED = (
    r"<style\b",
    r"\sstyle\s*=",
    r"\son[a-z]+\s*=",
    r"\shx-on\b",
    r"<script(?![^>]*\bsrc=)",
    r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//',
)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_run_one_way() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("module", ["commissions.calculator", "commissions.explanation"])
def test_calculator_works_where_django_is_not(module: str) -> None:
    code = f"import sys; sys.modules['django'] = None; import {module}"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_pages_hold_nothing_that_the_policy_refuses() -> None:
    assert PAGES
    refused = {
        (relative(page), sign): found[0]
        for page in PAGES
        for sign in REFUSED
        if (found := re.search(sign, page.read_text()))
    }
    assert refused == {}
