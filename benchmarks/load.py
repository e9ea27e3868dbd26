"""Many clients at once on 127.0.0.1: `python -m benchmarks.load PORT < clients.json`.

The input is a list of clients, each with its `cookie` and its `posts`, pairs of a path and a body,
which it sends one after the other. Printed is JSON: `seconds` for all, `latencies` of each post in
seconds, and `errors`, what came instead of a redirect.
"""

import json
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from threading import Barrier, Thread
from time import perf_counter

TIMEOUT = 60  # seconds for one post


class Client(Thread):
    """One client: a connection for each post, as sync workers close it after each."""

    def __init__(
        self, port: int, cookie: str, posts: Sequence[tuple[str, str]], begin: Barrier
    ) -> None:
        super().__init__()
        self.port = port
        self.headers = {
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": "localhost",
        }
        self.posts = posts
        self.begin = begin
        self.latencies: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        self.begin.wait()
        for path, body in self.posts:
            begun = perf_counter()
            try:
                self._post(path, body)
            except (OSError, HTTPException) as error:
                self.errors.append(repr(error))
            self.latencies.append(perf_counter() - begun)

    def _post(self, path: str, body: str) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        connection.request("POST", path, body, self.headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        if response.status != 302 or "login" in response.headers["Location"]:
            self.errors.append(f"{response.status} {path}: {content[:200]!r}")


def main() -> None:
    told = json.load(sys.stdin)
    begin = Barrier(len(told) + 1)
    clients = [Client(int(sys.argv[1]), one["cookie"], one["posts"], begin) for one in told]
    for client in clients:
        client.start()
    begin.wait()
    begun = perf_counter()
    for client in clients:
        client.join()
    seconds = perf_counter() - begun
    latencies = [latency for client in clients for latency in client.latencies]
    errors = [error for client in clients for error in client.errors]
    print(json.dumps({"seconds": seconds, "latencies": latencies, "errors": errors}))


if __name__ == "__main__":
    main()
