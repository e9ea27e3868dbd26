"""The rules of the house that a program can check (the rest are for the reader)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_database

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
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


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


def test_modules_read_in_one_sitting() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: n for path, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_functions_fit_a_screen() -> None:
    too_long = {
        f"{relative(path)}: {name}": lines
        for path in MODULES
        for name, lines in functions(path)
        if lines > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_modules_are_named_for_what_they_hold() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "services"}
    assert [relative(path) for path in MODULES if nameless & {path.stem, path.parent.name}] == []


def test_pages_hold_nothing_that_the_policy_refuses() -> None:
    assert PAGES
    refused = {
        (relative(page), sign): found[0]
        for page in PAGES
        for sign in REFUSED
        if (found := re.search(sign, page.read_text()))
    }
    assert refused == {}
