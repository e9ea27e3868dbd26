"""EMAIL_URL and what `check --deploy` says of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import environ
import pytest
from django.conf import settings as project
from django.core.checks import run_checks

from leadportal.mail.transport import from_url

BACKENDS = "django.core.mail.backends"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://localhost:25", {"host": "localhost", "port": 25}),
        ("smtp://", {"host": "localhost", "port": 25}),
        (
            "smtp+tls://portal:p%40ss@mx.example:587",
            {
                "host": "mx.example",
                "port": 587,
                "username": "portal",
                "password": "p@ss",
                "use_tls": True,
            },
        ),
        ("smtp+ssl://mx.example:465", {"host": "mx.example", "port": 465, "use_ssl": True}),
    ],
)
def test_an_address_of_a_mail_server_becomes_a_backend_with_a_time_limit(url, options):
    plain = {"username": "", "password": "", "use_tls": False, "use_ssl": False, "timeout": 10}

    transport = from_url(environ.Env.email_url_config(url), timeout=10)

    assert transport == {"BACKEND": f"{BACKENDS}.smtp.EmailBackend", "OPTIONS": plain | options}


@pytest.mark.parametrize(
    ("url", "backend", "options"),
    [
        ("consolemail://", "console", {}),
        ("dummymail://", "dummy", {}),
        ("filemail:///var/mail/portal", "filebased", {"file_path": "/var/mail/portal"}),
    ],
)
def test_other_transports_take_no_option_they_do_not_know(url, backend, options):
    transport = from_url(environ.Env.email_url_config(url), timeout=10)

    assert transport == {"BACKEND": f"{BACKENDS}.{backend}.EmailBackend", "OPTIONS": options}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DEBUG": "true"}, "console"),
        ({"DEBUG": "false"}, "smtp"),
        ({"DEBUG": "true", "EMAIL_URL": "smtp://mx.example:25"}, "smtp"),
    ],
)
def test_without_an_address_mail_goes_to_the_console_in_development_only(environment, expected):
    clean = {key: value for key, value in os.environ.items() if key != "EMAIL_URL"}
    program = "import json; from leadportal.settings import *; print(json.dumps(MAIL_TRANSPORT))"

    run = subprocess.run(
        [sys.executable, "-c", program],
        env=clean | {"ENV_FILE": os.devnull, "SECRET_KEY": "x"} | environment,
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(run.stdout)["BACKEND"] == f"{BACKENDS}.{expected}.EmailBackend"


@pytest.fixture
def mail_warnings(db: None) -> Callable[[], list[str]]:
    def _mail_warnings() -> list[str]:
        found = run_checks(include_deployment_checks=True)
        return [message.id for message in found if message.id.startswith("leadportal.W")]

    return _mail_warnings


def test_a_well_configured_portal_gets_no_warning(settings, mail_warnings):
    settings.SITE_URL = "https://partners.example.com"
    settings.MAIL_TRANSPORT = from_url(environ.Env.email_url_config("smtp://mx.example:25"), 10)

    assert mail_warnings() == []


@pytest.mark.parametrize(
    "url", ["consolemail://", "dummymail://", "memorymail://", "filemail:///m"]
)
def test_a_transport_that_delivers_nothing_is_warned_of(settings, mail_warnings, url):
    settings.SITE_URL = "https://partners.example.com"
    settings.MAIL_TRANSPORT = from_url(environ.Env.email_url_config(url), 10)

    assert mail_warnings() == ["leadportal.W001"]


def test_links_without_tls_are_warned_of(settings, mail_warnings):
    settings.SITE_URL = "http://partners.example.com"
    settings.MAIL_TRANSPORT = from_url(environ.Env.email_url_config("smtp://mx.example:25"), 10)

    assert mail_warnings() == ["leadportal.W002"]
