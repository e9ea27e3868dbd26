"""The filled databases: one of each size in a PostgreSQL of the benchmark's own, and on SQLite."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.postgres import server

ROOT = Path(__file__).resolve().parent.parent
SIZES, QUICK_SIZES = (1_000, 100_000, 1_000_000), (1_000, 100_000)
VENDORS = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
AT_ONCE = 2
# As on a small server of its own. Autovacuum would come in between; a filled database is vacuumed.
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


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a benchmark runs: the sizes, and each filled database's URL by (vendor, size)."""

    sizes: tuple[int, ...]
    urls: dict[tuple[str, int], str]
    static: Path
    folder: Path

    @property
    def vendors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(vendor for vendor, _ in self.urls))

    @property
    def largest(self) -> int:
        return max(self.sizes)

    @property
    def smallest(self) -> int:
        return min(self.sizes)

    def environment(self, vendor: str, size: int) -> dict[str, str]:
        """Return the environment of a process that works on this database."""
        return {
            "DATABASE_URL": self.urls[vendor, size],
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "BENCHMARK_STATIC": str(self.static),
        }


@contextmanager
def ground(
    sizes: Sequence[int], vendors: Sequence[str], keep: Path | None, tell: Callable[[str], None]
) -> Iterator[Ground]:
    """Fill the databases that are missing, two at once, and yield them.

    With `keep` they stay in that folder and are found there the next time.
    """
    with ExitStack() as stack:
        if keep is None:
            keep = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark")))
        keep.mkdir(parents=True, exist_ok=True)
        keep.chmod(0o711)  # PostgreSQL may run as somebody else
        urls: dict[tuple[str, int], str] = {}
        if "postgresql" in vendors:
            (keep / "pg").mkdir(exist_ok=True)
            base = stack.enter_context(server(keep / "pg", OPTIONS)).removesuffix("/portal")
            urls |= {("postgresql", size): f"{base}/leads_{size}" for size in sizes}
        if "sqlite" in vendors:
            urls |= {("sqlite", size): f"sqlite:///{keep}/leads_{size}.sqlite3" for size in sizes}
        made = Ground(tuple(sizes), urls, keep / "static", keep)
        _collect_static(made)
        _fill(made, tell)
        yield made


def empty(made: Ground, name: str) -> dict[str, str]:
    """Make an empty database of that name on each server; return their URLs by its name."""
    urls = {}
    for vendor in made.vendors:
        file = made.folder / f"{name}.sqlite3"
        if vendor == "sqlite":
            for path in made.folder.glob(f"{file.name}*"):
                path.unlink()
        else:
            _create(made, name)
        base = made.urls[vendor, made.smallest].rpartition("/")[0]
        urls[VENDORS[vendor]] = f"sqlite:///{file}" if vendor == "sqlite" else f"{base}/{name}"
    return urls


def _fill(made: Ground, tell: Callable[[str], None]) -> None:
    """Fill what is not filled yet, the largest first."""
    missing = [which for which in made.urls if not _mark(made, which).exists()]
    missing.sort(key=lambda which: -which[1])
    running: dict[tuple[str, int], tuple[subprocess.Popen[bytes], float]] = {}
    while missing or running:
        while missing and len(running) < AT_ONCE:
            which = missing.pop(0)
            _empty(made, which)
            command = [sys.executable, "-m", "benchmarks.fill", str(which[1])]
            environment = os.environ | made.environment(*which)
            tell(f"filling {VENDORS[which[0]]} with {which[1]:,} leads")
            child = subprocess.Popen(command, cwd=ROOT, env=environment)
            running[which] = child, time.monotonic()
        for which, (child, begun) in list(running.items()):
            if child.poll() is None:
                continue
            if child.returncode:
                raise RuntimeError(f"Filling {which} has ended with {child.returncode}.")
            del running[which]
            _mark(made, which).touch()
            seconds = time.monotonic() - begun
            tell(f"filled {VENDORS[which[0]]} with {which[1]:,} leads in {seconds:.0f} s")
        time.sleep(0.1)


def _mark(made: Ground, which: tuple[str, int]) -> Path:
    """Return the file that says that a database is filled."""
    return made.folder / f"{which[0]}_{which[1]}.filled"


def _empty(made: Ground, which: tuple[str, int]) -> None:
    """Make the database empty, whatever an earlier attempt has left."""
    vendor, size = which
    if vendor == "sqlite":
        for path in made.folder.glob(f"leads_{size}.sqlite3*"):
            path.unlink()
        return
    _create(made, f"leads_{size}")


def _create(made: Ground, name: str) -> None:
    connection = psycopg2.connect(host=str(made.folder / "pg"), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()


def _collect_static(made: Ground) -> None:
    environment = os.environ | made.environment(*next(iter(made.urls)))
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
