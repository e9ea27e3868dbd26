"""Measuring: subject and rival run in turn, in processes of their own, within each round."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import monotonic
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# A comparison goes on for so many seconds, and for so many rounds at least and at most. With fewer
# the medians of what is equal differ by a tenth where the machine changes its speed meanwhile.
SECONDS, QUICK_SECONDS = 45, 5
LEAST, MOST = 25, 201
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Number:
    """A figure that is not a time per round: a rate, a count, a size."""

    value: float
    unit: str = ""
    remark: str = ""

    def ratio_to(self, other: "Times | Number") -> float:
        """Return this figure divided by the other."""
        return self.value / other.value

    def __str__(self) -> str:
        digits = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.3g}"
        return " ".join(filter(None, (digits, self.unit, self.remark and f"({self.remark})")))


@dataclass(frozen=True, slots=True)
class Times:
    """How long one variant took in each round that it ran in, or with another unit its rate."""

    by_round: dict[int, float]
    unit: str = "s"

    @property
    def value(self) -> float:
        """The median."""
        return median(self.by_round.values())

    def ratio_to(self, other: "Times | Number") -> float:
        """Return the median ratio to the other, over the rounds in which both ran.

        Within a round the machine has about one speed; over a whole run its speed varies by half.
        """
        if isinstance(other, Number):
            return self.value / other.value
        shared = self.by_round.keys() & other.by_round.keys()
        return median(self.by_round[number] / other.by_round[number] for number in shared)

    def __str__(self) -> str:
        if self.unit != "s":
            return f"{self.value:,.0f}{self.unit}"
        seconds = list(self.by_round.values())
        p95 = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        return f"{self.value * 1_000:.2f} ms (p95 {p95 * 1_000:.2f})"


Figures = dict[str, Number | Times]


@dataclass(frozen=True, slots=True)
class Options:
    """How a run measures: with how many leads, quickly or not, how long at least."""

    sizes: tuple[int, ...]
    ledger_sizes: tuple[int, ...]
    is_quick: bool = False
    seconds: float = SECONDS

    def rounds_of(self, usual: int, quick: int) -> int:
        """Return the rounds of a part that always has so many, each of which takes long."""
        return quick if self.is_quick else usual


@dataclass(frozen=True, slots=True)
class Entrant:
    """A process to measure: a function `module:name` that returns the variants, by their names.

    `suffix` is appended to the variants' names: those of one name run next to each other. It runs
    in every `every`th round. `command` replaces `benchmarks.runner` by another program that answers
    as it does.
    """

    function: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[Any, ...] = ()
    suffix: str = ""
    every: int = 1
    command: tuple[str, ...] = ()


class Runner:
    """A started entrant; its variants are run one at a time."""

    def __init__(self, entrant: Entrant) -> None:
        self.entrant = entrant
        self.process = subprocess.Popen(
            entrant.command or _command("serve", entrant.function, entrant.arguments),
            cwd=ROOT,
            # Sets and dictionaries have the same order in all of them.
            env={"PYTHONHASHSEED": "0", **os.environ, **entrant.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.variants: list[str] = self._answer()

    def ask(self, question: str, variant: str = "") -> Any:
        """Return the runner's answer: see `benchmarks.runner`."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([question, variant]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            raise RuntimeError(f"{self.entrant.function} has ended with code {code}.")
        return json.loads(line)


def compare(
    entrants: Sequence[Entrant],
    *,
    seconds: float = 0,
    rounds: int | None = None,
    warm_up: int = WARM_UP,
    question: str = "",
) -> tuple[dict[str, Times], dict[str, Any]]:
    """Return every variant's times, and its answer to `question` where one is asked at the end.

    It takes so many `rounds`, or as many as fit into the `seconds`, within LEAST and MOST. Those of
    the warm-up do not count. The order changes from round to round, in the same way in every run.
    """
    least, most = (rounds, rounds) if rounds else (LEAST, MOST)
    rng = random.Random(2026)
    with ExitStack() as stack:
        turns: dict[str, list[Runner]] = {}
        for entrant in entrants:
            runner = Runner(entrant)
            stack.callback(runner.close)
            for variant in runner.variants:
                turns.setdefault(variant, []).append(runner)
        times: dict[str, dict[int, float]] = {}
        number, end = -warm_up, 0.0
        while number < least or (number < most and monotonic() < end):
            if number == 0:
                end = monotonic() + seconds
            for variant in rng.sample(list(turns), len(turns)):
                for runner in rng.sample(turns[variant], len(turns[variant])):
                    if number % runner.entrant.every == 0:
                        taken = runner.ask("seconds", variant)
                        if number >= 0:
                            name = variant + runner.entrant.suffix
                            times.setdefault(name, {})[number] = taken
            number += 1
        answers = {
            variant + runner.entrant.suffix: runner.ask(question, variant)
            for variant, runners in turns.items()
            for runner in runners
            if question
        }
    return {name: Times(by_round) for name, by_round in times.items()}, answers


def call(function: str, environment: Mapping[str, str], *arguments: Any) -> Any:
    """Return what the function `module:name` returns in a process of its own."""
    output = subprocess.run(
        _command("call", function, arguments),
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


def _command(verb: str, function: str, arguments: Sequence[Any]) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.runner", verb, function, json.dumps(arguments))
