"""Which modules also run on PostgreSQL, where forgetting the mark `database` would go unnoticed."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
DEPENDENT = (
    "at_once",
    "audit",
    "chain",
    "constraint",
    "guard",
    "ledger",
    "lifecycle",
    "race",
    "search",
    "trigger",
)
MODULES = [
    path.relative_to(TESTS)
    for path in sorted(TESTS.rglob("test_*.py"))
    if any(word in path.stem for word in DEPENDENT)
]
MARKED = re.compile(r"^pytestmark = .*pytest\.mark\.database\b", re.MULTILINE)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_whose_name_promises_a_database_is_marked(module: Path) -> None:
    assert MARKED.search((TESTS / module).read_text()), (
        f"tests/{module} runs on SQLite only: add pytestmark = pytest.mark.database to it."
    )


def test_names_that_promise_a_database_are_in_use() -> None:
    assert all(any(word in module.stem for module in MODULES) for word in DEPENDENT)
