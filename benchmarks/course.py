"""Where runners compete: each round runs every variant of every runner once, in turn, so that
whatever else the machine does falls on all of them."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.timing import Times

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Entrant:
    """A runner to start: a name, the environment that makes it differ, and its command.

    The command is `benchmarks.runner` with a subject unless another program speaks as it does.
    """

    name: str
    subject: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()


class Runner:
    """A started runner; its variants are timed one by one."""

    def __init__(self, entrant: Entrant) -> None:
        command = entrant.command or (sys.executable, "-m", "benchmarks.runner", entrant.subject)
        self.name = entrant.name
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **entrant.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.variants: list[str] = json.loads(self._answer())

    def seconds(self, variant: str) -> float:
        """Run the variant once and return how long it took."""
        assert self.process.stdin
        self.process.stdin.write(f"{variant}\n")
        self.process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The runner {self.name} has ended with {self.process.wait()}.")
        return line


def compete(
    entrants: Sequence[Entrant], *, rounds: int, warm_up: int = WARM_UP
) -> dict[tuple[str, str], Times]:
    """Return the times by (entrant's name, variant), after a few rounds that do not count.

    The order changes from round to round, always in the same way.
    """
    with ExitStack() as stack:
        runners = []
        for entrant in entrants:
            runner = Runner(entrant)
            stack.callback(runner.close)
            runners.append(runner)
        turns = [(runner, variant) for runner in runners for variant in runner.variants]
        seconds: dict[tuple[str, str], list[float]] = {
            (runner.name, variant): [] for runner, variant in turns
        }
        shuffled = random.Random(2026)
        for number in range(-warm_up, rounds):
            shuffled.shuffle(turns)
            for runner, variant in turns:
                taken = runner.seconds(variant)
                if number >= 0:
                    seconds[runner.name, variant].append(taken)
    return {name: Times.of(taken) for name, taken in seconds.items()}
