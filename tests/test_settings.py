"""A real installation's settings: it refuses to start half set up, and is safe with nothing set."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-W", "error"]


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `command` in a process that knows nothing but `environment`, away from the project."""
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ENV_FILE": os.devnull}
    return subprocess.run(
        [*PYTHON, *command],
        cwd="/",
        env=bare | {"DJANGO_SETTINGS_MODULE": "leadportal.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def value_of(expression: str, **environment: str) -> str:
    """Return how a process with `environment` prints an expression over its settings."""
    code = f"from django.conf import settings; print({expression})"
    result = run("-c", code, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_start_without_secret_key_is_refused_with_what_is_missing() -> None:
    result = run(str(ROOT / "manage.py"), "check")
    assert result.returncode != 0
    assert "SECRET_KEY is not set" in result.stderr


@pytest.mark.parametrize("environment", [{"DEBUG": "true"}, {"SECRET_KEY": "x" * 60}])
def test_start_with_debug_or_secret_key(environment: dict[str, str]) -> None:
    result = run(str(ROOT / "manage.py"), "check", **environment)
    assert result.returncode == 0, result.stderr


def test_safe_with_nothing_but_a_secret_key() -> None:
    names = (
        "DEBUG",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS > 0",
    )
    expression = ", ".join(f"settings.{name}" for name in names)
    assert value_of(expression, SECRET_KEY="x") == "False True True True True"


def test_file_named_by_the_environment_is_read_and_the_environment_goes_before_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "env"
    file.write_text("SECRET_KEY=from-file\nVENDOR_NAME=From file\n")
    expression = "settings.SECRET_KEY, settings.VENDOR_NAME"
    output = value_of(expression, ENV_FILE=str(file), VENDOR_NAME="From environment")
    assert output == "from-file From environment"


def test_development_needs_no_tls_and_shares_its_rate_limits_and_the_projects_sqlite_file() -> None:
    expression = (
        "settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT,"
        "settings.DATABASES['default']['NAME'], settings.CACHES"
    )
    output = value_of(expression, DEBUG="true", DATABASE_URL="sqlite:///relative.sqlite3")
    assert output.startswith(f"False False {ROOT / 'relative.sqlite3'} ")
    # Counted where every process sees them
    assert "leadportal.db.cache.CounterCache" in output


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("dbcache://cache", "{'MAX_ENTRIES': 100000}"),
        ("locmemcache://", "{'MAX_ENTRIES': 100000}"),
        ("dbcache://cache?max_entries=500", "{'MAX_ENTRIES': 500}"),
        ("rediscache://localhost/1", "None"),
    ],
)
def test_cache_keeps_many_more_entries_than_djangos_300(url: str, options: str) -> None:
    expression = "settings.CACHES['default'].get('OPTIONS')"
    assert value_of(expression, DEBUG="true", CACHE_URL=url) == options


def test_no_proxy_is_trusted_unless_it_is_said() -> None:
    expression = "settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER"
    assert value_of(expression, DEBUG="true") == "0 None"
    said = {"TRUSTED_PROXY_COUNT": "2", "TRUSTED_CLIENT_IP_HEADER": "X-Real-IP"}
    assert value_of(expression, DEBUG="true", **said) == "2 X-Real-IP"


def test_absolute_sqlite_file_is_where_it_says() -> None:
    expression = "settings.DATABASES['default']['NAME']"
    url = "sqlite:////srv/absolute.sqlite3"
    assert value_of(expression, DEBUG="true", DATABASE_URL=url) == "/srv/absolute.sqlite3"


def test_every_page_carries_a_content_security_policy_without_unsafe_sources(db: None) -> None:
    response = Client().get("/accounts/login/")
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_missing_page_carries_the_policy_too(db: None) -> None:
    response = Client().get("/nowhere/")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_env_example_names_every_setting_that_is_read() -> None:
    source = (ROOT / "leadportal" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', source))
    assert {"SECRET_KEY", "DATABASE_URL"} <= read
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == read | {"PORT"}


def test_env_example_explains_each_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(# )?[A-Z_]+=", line):
            assert re.match(r"# .*[.\w]$", before), f"{line} has no explanation above it"


def test_env_example_as_it_is_differs_from_nothing_set_in_nothing() -> None:
    shown = "{name: getattr(settings, name) for name in dir(settings) if name.isupper()}"
    assert value_of(shown, SECRET_KEY="x", ENV_FILE=str(ROOT / ".env.example")) == value_of(
        shown, SECRET_KEY="x"
    )
