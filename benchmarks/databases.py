"""The databases that are measured on: filled once, copied for whatever changes its rows."""

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from benchmarks.measure import ROOT
from tests.postgres import server

DATABASES = ("PostgreSQL", "SQLite")
AT_ONCE = 2
# As on a small server of its own. Autovacuum would run in between; a filled database is vacuumed.
OPTIONS = (
    "listen_addresses=",
    "shared_buffers=1GB",
    "effective_cache_size=3GB",
    "work_mem=16MB",
    "random_page_cost=1.1",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
)
Dataset = tuple[str, int]  # "leads" or "ledger", and how many leads
Environment = dict[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """PostgreSQL or SQLite, with its databases in `folder`; `url` names one by `{}`."""

    kind: str
    folder: Path
    url: str

    @property
    def is_postgresql(self) -> bool:
        return self.kind == "PostgreSQL"

    def environment(self, name: str) -> Environment:
        """Return the environment of a process that works on this database."""
        return {
            "DATABASE_URL": self.url.format(name),
            "BENCHMARK_STATIC": str(self.folder / "static"),
        }

    def filled(self, kind: str, leads: int) -> Environment:
        """Return the environment for a filled database, which nothing must change."""
        return self.environment(f"{kind}_{leads}")

    def copy(self, kind: str, leads: int) -> Environment:
        """Return the environment for a fresh copy of a filled database, in place of the last."""
        source = f"{kind}_{leads}"
        if self.is_postgresql:
            self._execute(
                'DROP DATABASE IF EXISTS "copy" WITH (FORCE)',
                f'CREATE DATABASE "copy" TEMPLATE "{source}"',
            )
        else:
            self._remove("copy")
            with (
                sqlite3.connect(self.folder / f"{source}.sqlite3") as original,
                sqlite3.connect(self.folder / "copy.sqlite3") as copy,
            ):
                original.backup(copy)
            original.close()
            copy.close()
        return self.environment("copy")

    def fill(self, dataset: Dataset, report: Callable[[str], None]) -> None:
        """Fill a database unless an earlier run has, by the same migrations."""
        name = f"{dataset[0]}_{dataset[1]}"
        mark = self.folder / f"{self.kind}_{name}.filled"
        if mark.exists() and mark.read_text() == migrations():
            return
        if self.is_postgresql:
            self._execute(
                f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'
            )
        else:
            self._remove(name)
        report(f"filling {self.kind} with {dataset[1]:,} leads ({dataset[0]})")
        begun = time.monotonic()
        arguments = f'["{dataset[0]}", {dataset[1]}]'
        command = ("-m", "benchmarks.runner", "call", "benchmarks.data.generate:fill", arguments)
        subprocess.run(
            (sys.executable, *command),
            cwd=ROOT,
            env=os.environ | self.environment(name),
            check=True,
            stdout=sys.stderr,
        )
        mark.write_text(migrations())
        report(f"filled {self.kind}, {name}, in {time.monotonic() - begun:.0f} s")

    def version(self) -> str:
        """Return the server's name and version."""
        if not self.is_postgresql:
            return f"SQLite {sqlite3.sqlite_version}"
        number = self._execute()
        return f"PostgreSQL {number // 10_000}.{number % 10_000}"

    def _remove(self, name: str) -> None:
        for path in self.folder.glob(f"{name}.sqlite3*"):
            path.unlink()

    def _execute(self, *statements: str) -> int:
        """Execute the statements outside of the databases; return the server's version."""
        connection = psycopg2.connect(
            host=str(self.folder / "pg"), user="postgres", dbname="postgres"
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()
        return connection.server_version


def migrations() -> str:
    """Return a digest of the project's migrations."""
    files = sorted(ROOT.glob("lead*/**/migrations/*.py")) + sorted(
        ROOT.glob("commissions/migrations/*.py")
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@contextmanager
def servers(
    datasets: Sequence[Dataset],
    kinds: Sequence[str],
    keep: Path | None,
    report: Callable[[str], None],
) -> Iterator[list[Server]]:
    """Fill what is missing, two databases at once, and yield the servers.

    With `keep` the databases stay in that folder and are found there the next time.
    """
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # PostgreSQL may run as another user
        found = []
        for kind in kinds:
            url = f"sqlite:///{folder}/{{}}.sqlite3"
            if kind == "PostgreSQL":
                (folder / "pg").mkdir(exist_ok=True)
                base = stack.enter_context(server(folder / "pg", OPTIONS))
                url = base.removesuffix("portal") + "{}"
            found.append(Server(kind, folder, url))
        _collect_static(found[0])
        largest_first = sorted(datasets, key=lambda dataset: -dataset[1])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            filling = [
                pool.submit(each.fill, dataset, report)
                for dataset in largest_first
                for each in found
            ]
        for done in filling:
            done.result()
        yield found


def _collect_static(server: Server) -> None:
    subprocess.run(
        (sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"),
        cwd=ROOT,
        env=os.environ | server.environment("none"),
        check=True,
    )
