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
MOST_WARM_UP = 3


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
            # Sets and dictionaries lie alike in all of them.
            env={"PYTHONHASHSEED": "0", **os.environ, **entrant.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.variants: list[str] = json.loads(self._answer())

    def seconds(self, variant: str) -> float:
        """Run the variant once and return how long it took."""
        self._ask(variant)
        return float(self._answer())

    def statements(self, variant: str) -> list[str]:
        """Run the variant once more and return the SQL that it sends."""
        self._ask(f"?{variant}")
        sent: list[str] = json.loads(self._answer())
        return sent

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _ask(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The runner {self.name} has ended with {self.process.wait()}.")
        return line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the runners came to, by (entrant's name, variant); the SQL only where asked for."""

    times: dict[tuple[str, str], Times]
    statements: dict[tuple[str, str], list[str]]


def compete(
    entrants: Sequence[Entrant],
    *,
    rounds: int,
    warm_up: int | None = None,
    counted: str | None = None,
) -> Outcome:
    """Return the times of every variant, after a few rounds that do not count.

    The order changes from round to round, always in the same way. The entrant named `counted` is
    asked at the end for the statements of each of its variants.
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
        if warm_up is None:
            warm_up = min(MOST_WARM_UP, rounds // 2)
        shuffled = random.Random(2026)
        for number in range(-warm_up, rounds):
            shuffled.shuffle(turns)
            for runner, variant in turns:
                taken = runner.seconds(variant)
                if number >= 0:
                    seconds[runner.name, variant].append(taken)
        statements = {
            (runner.name, variant): runner.statements(variant)
            for runner, variant in turns
            if runner.name == counted
        }
    return Outcome({name: Times.of(taken) for name, taken in seconds.items()}, statements)
