"""`manage.py audit_ledger`: checks that every cent can be explained."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commissions.ledger import amounts, audit, receipts
from commissions.ledger.arguments import MISUSED, add_scope, scope_of
from commissions.ledger.snapshot import Scope, snapshot

PROGRESS_SECONDS = 1


class Command(BaseCommand):
    """List what is wrong, entry by entry, and a verdict; exit code 1 if anything is wrong."""

    help = (
        "Compute every entry again from its explanation; check the chains, the balances, the won "
        "leads, the withdrawals and the counters. Nothing is changed, and nobody has to wait."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_scope(parser, "only entries from this day on; the earlier ones are summed")
        parser.add_argument(
            "--receipts",
            metavar="FILE",
            type=Path,
            help="what publish_heads printed earlier; finds a chain that was written anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        scope = scope_of(options)
        with ExitStack() as stack:
            lines = _opened(options["receipts"], stack)
            stack.enter_context(snapshot())
            progress = Progress(self, scope, is_told=options["verbosity"] > 0)
            faults = self._named(self._faults(scope, progress, lines))
        checked = f"{progress.checked:,} entries checked"
        if faults:
            noun = "fault" if faults == 1 else "faults"
            self.stdout.write(f"{faults:,} {noun} found. {checked}.")
            sys.exit(1)
        self.stdout.write(f"The ledger is in order. {checked}.")

    def _faults(
        self, scope: Scope, progress: "Progress", lines: Iterator[receipts.Receipt]
    ) -> Iterator[object]:
        unreadable = False
        for fault in amounts.audit():
            unreadable |= fault.is_unreadable
            yield fault
        if unreadable:
            # In words of their own: what cannot be read cannot be summed either.
            self.stderr.write("Correct these amounts first: nothing else was checked.")
            return
        yield from audit.audit(scope, progress)
        for check in audit.CHECKS:
            yield from check(scope)
        yield from receipts.contradictions(lines, scope)

    def _named(self, faults: Iterator[object]) -> int:
        count = 0
        try:
            for fault in faults:
                self.stdout.write(str(fault))
                count += 1
        except receipts.Unreadable as error:
            raise CommandError(str(error), returncode=MISUSED) from error
        return count


class Progress:
    """The audit's progress, printed at most once a second."""

    def __init__(self, command: BaseCommand, scope: Scope, *, is_told: bool) -> None:
        self.command, self.is_told = command, is_told
        self.total = scope.entries().count()
        self.checked = 0
        self.told_at = monotonic()

    def __call__(self, checked: int) -> None:
        self.checked = checked
        now = monotonic()
        if self.is_told and now - self.told_at >= PROGRESS_SECONDS:
            self.told_at = now
            # Without the color of errors, which this is not.
            self.command.stderr.write(f"{checked:,} of {self.total:,} entries checked …", str)


def _opened(path: Path | None, stack: ExitStack) -> Iterator[receipts.Receipt]:
    if path is None:
        return iter(())
    try:
        return receipts.read(stack.enter_context(path.open(encoding="utf-8")))
    except OSError as error:
        words = f"{path} cannot be read: {error.strerror}."
        raise CommandError(words, returncode=MISUSED) from error
