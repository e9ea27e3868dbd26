"""The audit of the ledger beside merely streaming the same entries and hashing them.

Each has a process of its own, so that the peak of memory is its own, too.
"""

import hashlib
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from django.core.management import call_command

from benchmarks.databases import Server
from benchmarks.measure import Entrant, Figures, Number, Options, compare
from benchmarks.table import SAME_WITH_A_QUARTER
from commissions.ledger.chain import Row, entry_hash
from commissions.ledger.models import LedgerEntry
from commissions.ledger.snapshot import snapshot

AUDIT = "manage.py audit_ledger"


def figures(server: Server, options: Options) -> Figures:
    """Measure each variant with a quarter of the entries and with all, in turn."""
    quarter, all_ = (server.filled("ledger", size) for size in options.ledger_sizes)
    entrants = [
        Entrant(f"{__name__}:variants", environment, (name,), suffix=suffix)
        for environment, suffix in ((quarter, SAME_WITH_A_QUARTER), (all_, ""))
        for name in VARIANTS
    ]
    rounds = options.rounds_of(3, 1)
    times, peaks = compare(entrants, rounds=rounds, warm_up=0, question="peak")
    return {
        **times,
        **{
            f"{AUDIT}: peak of memory{suffix}": Number(peaks[AUDIT + suffix], "MB")
            for suffix in ("", SAME_WITH_A_QUARTER)
        },
    }


def variants(name: str) -> dict[str, Callable[[], object]]:
    """Return the variant of this name alone."""
    return {name: VARIANTS[name]}


def _stream() -> None:
    """Stream the entries in the chain's order, and hash each one's text."""
    for row in _streamed():
        hashlib.sha256("|".join(map(str, row)).encode()).hexdigest()


def _stream_chain() -> None:
    """The same with the hash of the chain, which is over canonical JSON."""
    for row in _streamed():
        entry_hash(Row._make(row))


def _streamed() -> Iterator[tuple[Any, ...]]:
    with snapshot():
        entries = LedgerEntry.objects.order_by("account_id", "number")
        yield from entries.values_list(*Row._fields).iterator()


def _audit() -> None:
    out: Any = StringIO()
    call_command("audit_ledger", stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("The ledger is in order."), out.getvalue()


VARIANTS: dict[str, Callable[[], object]] = {
    "Streaming and hashing the entries": _stream,
    "Computing the chain's hashes": _stream_chain,
    AUDIT: _audit,
}
