"""The PostgreSQL that the tests bring: a server for one command, and nothing left of it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
REPORT = """
import os, psycopg2
folder = os.environ["DATABASE_URL"].removeprefix("postgres://postgres@/").removesuffix("/portal")
with psycopg2.connect(host=folder, user="postgres", dbname="portal") as connection:
    cursor = connection.cursor()
    cursor.execute("SHOW data_directory")
    print(cursor.fetchone()[0], flush=True)
connection.close()
"""


def harness(code: str, folder: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.postgres", sys.executable, "-c", REPORT + code],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A temporary folder that the unprivileged server may pass through; pytest's own may not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def test_command_gets_a_server_and_its_exit_code_comes_back(folder: Path) -> None:
    run = harness("raise SystemExit(7)", folder, TEST_POSTGRES="bundled")
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 7
    assert output.startswith(str(folder))
    assert list(folder.iterdir()) == []


# The machine's own server where it has one, and not the bundled again.
def test_terminated_command_leaves_no_server_behind(folder: Path) -> None:
    run = harness("import time; time.sleep(60)", folder, TEST_POSTGRES="")
    data = Path(run.stdout.readline().strip())
    server = int((data / "postmaster.pid").read_text().split()[0])
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_machine_without_postgresql_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "_machine_folders", list)
    monkeypatch.setattr(postgres, "_wheel_folders", list)
    with pytest.raises(postgres.NoPostgresError, match="postgresql"):
        postgres.find_binaries()
