"""The child process of a measurement: `python -m benchmarks.runner serve|call MODULE:NAME ARGS`.

`call` prints what the function returns as JSON. `serve` takes what it returns for variants by their
names: it prints the names, then reads questions, a JSON list [question, variant] a line, and
answers each with a line of JSON:

- seconds: run the variant once; how long it took
- queries: run the variant once; the SQL that it sent
- peak: the most memory that this process has used so far, in megabytes
"""

import gc
import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

Variants = Mapping[str, Callable[[], object]]


def serve(variants: Variants) -> None:
    """Answer questions about the variants until there are no more."""
    # What a variant prints must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(list(variants)), file=answers, flush=True)
    for line in sys.stdin:
        question, variant = json.loads(line)
        answer = ANSWERS[question](variants[variant])
        print(json.dumps(answer), file=answers, flush=True)


def _seconds(variant: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    begun = perf_counter()
    variant()
    seconds = perf_counter() - begun
    gc.enable()
    return seconds


def _queries(variant: Callable[[], object]) -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        variant()
    return [query["sql"] for query in queries]


def _peak(variant: Callable[[], object]) -> float:
    # Not `ru_maxrss`, which includes the parent's memory at the fork.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


ANSWERS: dict[str, Callable[[Callable[[], object]], Any]] = {
    "seconds": _seconds,
    "queries": _queries,
    "peak": _peak,
}


def main(verb: str, function: str, arguments: str) -> None:
    import django

    django.setup()
    module, _, name = function.partition(":")
    result = getattr(import_module(module), name)(*json.loads(arguments))
    if verb == "serve":
        serve(result)
    else:
        print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
