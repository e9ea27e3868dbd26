"""Run commands side by side: `python -m leadportal.together -- one a b -- another c`.

Ctrl-C or a SIGTERM ends them all; so does the end of any one of them, whose exit code it returns.
"""

import signal
import subprocess
import sys
import time
from itertools import groupby
from typing import Any

SEPARATOR = "--"
LOOK_SECONDS = 0.2
GRACE_SECONDS = 10


def main(arguments: list[str]) -> int:
    """Run the commands that `--` separates and return the first ended one's exit code."""
    commands = [
        list(words)
        for separates, words in groupby(arguments, lambda word: word == SEPARATOR)
        if not separates
    ]
    if not commands:
        sys.exit(__doc__)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            running.append(subprocess.Popen(command))  # noqa: PERF401, S603 - the caller's own words
        return _first_code(running)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        _stop(running)


def _first_code(running: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for process in running:
            code = process.poll()
            if code is not None:
                return code if code >= 0 else 128 - code
        time.sleep(LOOK_SECONDS)


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    # A second Ctrl-C must not leave the half of them running.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in running:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
