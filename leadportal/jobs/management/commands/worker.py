"""The worker's command."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from leadportal.jobs import worker

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Command(BaseCommand):
    """Run the worker until SIGTERM or SIGINT; it finishes the email or step in hand first."""

    help = "Send queued emails as they fall due, with retries, and run scheduled jobs."

    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, and exit.")

    def handle(self, *args: Any, **options: Any) -> None:
        before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            if options["once"]:
                worker.look_at_clock()
                worker.work_once(self._is_stopping)
            else:
                worker.run(self._is_stopping)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _is_stopping(self) -> bool:
        return self.stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        # A second signal ends the process at once.
        signal.signal(number, signal.SIG_DFL)
