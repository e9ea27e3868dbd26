"""Commands side by side: none outlives the other, none outlives Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

import leadportal.together

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parent.parent
Together = Callable[..., "subprocess.Popen[str]"]

# Says who it is, in one write, then works until it is stopped
WORK = "import os, time; os.write(1, f'{os.getpid()}\\n'.encode()); time.sleep(60)"
# Ends only by force
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WORK}"


@pytest.fixture
def together() -> Iterator[Together]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A job in a shell's background, and all that it starts, would not hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    runs = []

    def start(*commands: Sequence[str]) -> "subprocess.Popen[str]":
        words = [word for command in commands for word in ("--", *command)]
        run = subprocess.Popen(
            [sys.executable, "-m", "leadportal.together", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        runs.append(run)
        return run

    yield start
    for run in runs:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def started(run: "subprocess.Popen[str]", count: int) -> list[int]:
    return [int(run.stdout.readline()) for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_them_all(together: Together, number: signal.Signals) -> None:
    run = together(python(WORK), python(WORK))
    processes = started(run, 2)
    assert all(is_running(process) for process in processes)
    run.send_signal(number)
    run.communicate(timeout=30)
    assert run.returncode == 130
    assert not any(is_running(process) for process in processes)


def test_ctrl_c_reaches_them_all_at_once(together: Together) -> None:
    run = together(python(WORK), python(WORK))
    processes = started(run, 2)
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=30)
    assert not any(is_running(process) for process in processes)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("raise SystemExit(3)", 3),
        ("pass", 0),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL),
    ],
)
def test_end_of_one_ends_the_other(together: Together, ending: str, code: int) -> None:
    run = together(python(WORK), python(ending))
    output, _ = run.communicate(timeout=30)
    assert run.returncode == code
    assert not output or not is_running(int(output))


def test_deaf_one_is_ended_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadportal.together, "GRACE_SECONDS", 0.5)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in numbers}
    with subprocess.Popen(python(DEAF), stdout=subprocess.PIPE, text=True) as deaf:
        started(deaf, 1)
        try:
            leadportal.together._stop([deaf])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    assert deaf.returncode == -signal.SIGKILL


def test_nothing_to_run_is_answered_with_how_to_run_it(together: Together) -> None:
    run = together()
    _, errors = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "python -m leadportal.together" in errors


def test_program_that_is_not_there_leaves_nothing_running(together: Together) -> None:
    run = together(python(WORK), ["/nowhere/program"])
    output, errors = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "/nowhere/program" in errors
    assert not output or not is_running(int(output))
