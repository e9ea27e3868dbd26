"""One side of a comparison, in a process of its own: `python -m benchmarks.runner SUBJECT`.

The subject is a module with `variants() -> dict[str, Callable[[], object]]`. The process, which has
its own DATABASE_URL and DJANGO_SETTINGS_MODULE, first prints the names of its variants as JSON;
then it reads one name a line, runs that variant once and prints the seconds it took, or, for a
name after a `?`, the SQL that it sent as JSON.
"""

import gc
import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from time import perf_counter


def serve(variants: Mapping[str, Callable[[], object]]) -> None:
    """Run the variants whose names come in, until no more come."""
    # What a variant prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(list(variants)), file=answers, flush=True)
    for line in sys.stdin:
        name = line.strip()
        is_counted = name.startswith("?")
        variant = variants[name.removeprefix("?")]
        found = _statements(variant) if is_counted else _seconds(variant)
        print(json.dumps(found), file=answers, flush=True)


def _seconds(variant: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    begun = perf_counter()
    variant()
    seconds = perf_counter() - begun
    gc.enable()
    return seconds


def _statements(variant: Callable[[], object]) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        variant()
    return [query["sql"] for query in queries]


if __name__ == "__main__":
    import django

    django.setup()
    serve(import_module(sys.argv[1]).variants())
