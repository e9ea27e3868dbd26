"""The real server, gunicorn on a free port of 127.0.0.1, and many clients at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Thread
from time import perf_counter

from benchmarks.measure import ROOT

READY_SECONDS = POST_SECONDS = 60
Post = tuple[str, str]


@contextmanager
def serve(environment: Mapping[str, str], *options: str) -> Iterator[tuple[int, float]]:
    """Run it with gunicorn's options; yield its port, and the seconds to its first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "leadportal.wsgi", f"--bind=127.0.0.1:{port}"]
    begun = perf_counter()
    process = subprocess.Popen(
        [*command, "--log-level=warning", *options], cwd=ROOT, env=os.environ | environment
    )
    try:
        while not _answers(port):
            if process.poll() is not None or perf_counter() - begun > READY_SECONDS:
                raise RuntimeError("The server does not start.")
            time.sleep(0.01)
        yield port, perf_counter() - begun
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


@dataclass
class Load:
    """What came of the clients' posts: the seconds of all and of each, and the errors."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def send(port: int, clients: Iterable[tuple[str, Sequence[Post]]], part: slice) -> Load:
    """Let all clients, each with its cookies, send that part of their posts at once.

    A post is a path and an encoded body; a client sends one after the other.
    """
    load = Load()
    threads = [
        Thread(target=_send, args=(port, cookie, posts[part], load)) for cookie, posts in clients
    ]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    load.seconds = perf_counter() - begun
    return load


def _send(port: int, cookie: str, posts: Sequence[Post], load: Load) -> None:
    headers = {
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": "localhost",
    }
    for path, body in posts:
        begun = perf_counter()
        try:
            # A connection for each post, as sync workers close it after each
            connection = HTTPConnection("127.0.0.1", port, timeout=POST_SECONDS)
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            content = response.read()
            connection.close()
            if response.status != 302 or "login" in response.headers["Location"]:
                load.errors.append(f"{response.status} {path}: {content[:200]!r}")
        except (OSError, HTTPException) as error:
            load.errors.append(repr(error))
        load.latencies.append(perf_counter() - begun)
