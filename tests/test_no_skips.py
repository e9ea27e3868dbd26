"""With NO_SKIPS set, whatever skips has failed, however it skips."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BARE = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}

SKIPPING = """
import pytest

@pytest.mark.skip(reason="by a mark")
def test_marked(): pass

@pytest.mark.skipif(True, reason="by a condition")
def test_conditional(): pass

def test_within(): pytest.skip("in the test")

@pytest.fixture
def missing(): pytest.skip("in a fixture")

def test_by_fixture(missing): pass

@pytest.mark.xfail(strict=True)
def test_expected_failure(): raise AssertionError

def test_passing(): pass
"""
MODULE = 'import pytest\npytest.skip("as a module", allow_module_level=True)\n'


def outcome(folder: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, int], str]:
    """Return pytest's exit code, the counts of its closing line, and its output."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_skipping.py").write_text(SKIPPING)
    (folder / "test_module.py").write_text(MODULE)
    plugins = ("-p", "tests.no_skips", "-p", "xdist")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", *plugins, *arguments],
        cwd=folder,
        env=BARE | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    closing = result.stdout.strip().splitlines()[-1]
    counts = {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", closing)}
    return result.returncode, counts, result.stdout


def test_skips_are_skips_otherwise(tmp_path: Path) -> None:
    code, counts, _ = outcome(tmp_path)
    assert code == 0
    assert counts["skipped"] == 5


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_every_way_to_skip_is_a_failure(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, counts, output = outcome(
        tmp_path, "--continue-on-collection-errors", *arguments, NO_SKIPS="1"
    )
    assert code == 1
    assert "skipped" not in counts
    # What a fixture or a module skips, pytest counts as an error.
    assert counts["failed"] + counts.get("error", 0) + counts.get("errors", 0) == 5
    assert counts["passed"] == 1
    assert counts["xfailed"] == 1
    for reason in ("by a mark", "by a condition", "in the test", "in a fixture", "as a module"):
        assert reason in output
