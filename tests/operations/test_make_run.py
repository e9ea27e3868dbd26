"""`make run` ends everything that it started, whichever way it is ended."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://localhost:{port}/", timeout=5).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def wait_until(condition, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def processes_of(group: int) -> list[str]:
    """Return the commands that still run in the session that make was started in."""
    listed = subprocess.run(
        ["ps", "-eo", "sid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rows = [line.split(None, 2) for line in listed]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'run.sqlite3'}",
    }
    for name in ("DEBUG", "SITE_URL", "DJANGO_SETTINGS_MODULE"):  # set for the tests
        environment.pop(name, None)
    make = subprocess.Popen(
        ["make", "run"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until(lambda: answers(port), START_SECONDS), "make run does not answer"
        yield make, port
    finally:
        subprocess.run(["pkill", "-KILL", "-s", str(make.pid)], check=False)
        make.wait()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_to_make_ends_server_and_worker(started, number: signal.Signals) -> None:
    make, port = started
    if number == signal.SIGINT:
        os.killpg(make.pid, number)  # as the terminal does on Ctrl-C
    else:
        make.send_signal(number)
    assert wait_until(lambda: not processes_of(make.pid), STOP_SECONDS), processes_of(make.pid)
    assert not answers(port)
