"""The real server: gunicorn on a free port of 127.0.0.1."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

from benchmarks.measure import ROOT

READY_SECONDS = 60


@contextmanager
def serve(environment: Mapping[str, str], *options: str) -> Iterator[tuple[int, float]]:
    """Run it with gunicorn's options; yield its port, and the seconds to its first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "leadportal.wsgi", f"--bind=127.0.0.1:{port}"]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--log-level=warning", *options], cwd=ROOT, env=os.environ | environment
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begun > READY_SECONDS:
                raise RuntimeError("The server does not start.")
            time.sleep(0.01)
        yield port, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
    try:
        connection.request("GET", "/accounts/login/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except ConnectionError:
        return False
    finally:
        connection.close()
