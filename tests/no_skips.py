"""With NO_SKIPS set, a test that skips has failed: CI has everything that a test could miss."""

import os
from collections.abc import Generator
from typing import Any

import pytest


def _refuse(report: Any) -> Any:
    # An expected failure calls itself skipped, too, and is none.
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("NO_SKIPS"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Skipped where NO_SKIPS is set. {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Refuse a skip by a mark, a fixture or the test itself."""
    return _refuse((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """Refuse the skip of a whole module."""
    return _refuse((yield))
