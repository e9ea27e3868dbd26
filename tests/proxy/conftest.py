"""The portal as it is installed: gunicorn behind a real nginx, with a database of its own."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 20
PEOPLE = ("owner@brightside.example", "member@brightside.example")
PASSWORD = "correct horse battery"

PREPARE = f"""
from leadportal.partners.models import Partner, User
partner = Partner.objects.create(name="Brightside Consulting")
for email in {PEOPLE!r}:
    User.objects.create_user(email, {PASSWORD!r}, partner=partner, role="owner")
"""

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


class Answer(NamedTuple):
    status: int
    cookies: str
    body: bytes


@dataclass
class Portal:
    """A running portal: the port of its proxy, and the file that it logs to."""

    port: int
    log_file: Path

    def sign_in(self, email: str, password: str, source: str, **headers: str) -> str:
        """Try it from the address `source`; return `in`, `wrong`, `too many` or the status."""
        page = self.request("GET", source, None, headers)
        cookie = re.search(r"csrftoken=\w+", page.cookies)[0]
        token = cookie.partition("=")[2]
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        answer = self.request("POST", source, form, headers | {"Cookie": cookie})
        if answer.status == 302:
            return "in"
        if answer.status != 200:
            return str(answer.status)
        return "too many" if b"Too many" in answer.body else "wrong"

    def request(
        self, method: str, source: str, form: dict[str, str] | None, headers: dict[str, str]
    ) -> Answer:
        """Ask for the sign-in page, from the address `source`."""
        sent = {"Host": "localhost"} | headers
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        try:
            body = None if form is None else urlencode(form)
            connection.request(method, "/accounts/login/", body, sent)
            response = connection.getresponse()
            cookies = response.headers.get("Set-Cookie", "")
            return Answer(response.status, cookies, response.read())
        finally:
            connection.close()

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two people, which each portal copies."""
    folder = tmp_path_factory.mktemp("portal")
    environment = environment_of(folder)
    for command in (["migrate"], ["createcachetable"], ["shell", "-c", PREPARE]):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity=0"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return folder


def environment_of(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.proxy.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "insecure: only for tests",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
    }


@pytest.fixture
def portal(prepared: Path, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    """Run the portal behind nginx: `portal("unix", TRUSTED_PROXY_COUNT="1")`."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("No nginx here. On Debian: apt-get install nginx")
    with ExitStack() as running:

        def start(upstream: str, **settings: str) -> Portal:
            shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
            sock = f"unix:{tmp_path}/p.sock" if upstream == "unix" else f"127.0.0.1:{free_port()}"
            log = tmp_path / "portal.log"
            running.enter_context(
                process(
                    [sys.executable, "-m", "gunicorn", "leadportal.wsgi", "--bind", sock],
                    environment_of(tmp_path) | settings,
                    log,
                )
            )
            found = Portal(free_port(), log)
            config = tmp_path / "nginx.conf"
            config.write_text(configuration(tmp_path, sock, found.port))
            running.enter_context(
                process([nginx, "-c", str(config), "-p", str(tmp_path)], {}, tmp_path / "out.log")
            )
            wait_for(found)
            return found

        yield start


def configuration(folder: Path, upstream: str, port: int) -> str:
    """Return what docs/access.md tells to write, for these addresses and without TLS."""
    documented = (ROOT / "docs" / "access.md").read_text()
    site = re.search(r"```nginx\n(.*?)```", documented, re.DOTALL)[1]
    for was, becomes in (
        (r"server unix:[^;]*;.*", f"server {upstream};"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"server_name [^;]*;", "server_name localhost;"),
        (r" *ssl_certificate\w* [^;]*;\n", ""),
    ):
        site, count = re.subn(was, becomes, site)
        assert count, f"docs/access.md no longer says {was}"
    # Workers of another user could not enter the tests' folder.
    user = "user root;" if os.geteuid() == 0 else ""
    return NGINX.format(folder=folder, site=site, user=user)


@contextmanager
def process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as output:
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        running.terminate()
        running.wait(READY_SECONDS)


def wait_for(portal: Portal) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if portal.request("GET", "127.0.0.1", None, {}).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"The portal does not answer:\n{portal.log}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
