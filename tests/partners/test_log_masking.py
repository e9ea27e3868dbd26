"""Links that sign somebody in stay out of the logs."""

import io
import logging

import pytest
from django.urls import reverse

from leadportal.partners.log_masking import MaskingFormatter, masked

pytestmark = pytest.mark.database

TOKEN = "7-1764521:1vPq:Zb_8xQ"
SECRET = [
    reverse("invitation", args=[TOKEN]),
    reverse("account_reset_password_from_key", kwargs={"uidb36": "1z", "key": TOKEN}),
]


@pytest.fixture
def log():
    """What the portal's handler writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(MaskingFormatter("{levelname} {message}", style="{"))
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


@pytest.mark.parametrize("path", SECRET)
def test_path_of_a_4xx_answer_is_logged_without_its_token(client, db, log, path):
    for asked in (path, path + "nowhere", path.rstrip("/") + "%20x/"):
        client.get(asked)
        client.put(asked)
    assert "/accounts/" in log.getvalue() or "Not Found" not in log.getvalue()
    assert TOKEN not in log.getvalue()


@pytest.mark.parametrize("path", SECRET)
def test_token_is_masked_wherever_an_address_stands(path):
    for line in (
        f"Not Found: {path}",
        f'"GET {path}?next=/ HTTP/1.1" 404 12',
        f"https://portal.example{path}",
        "?next=" + path.replace("/", "%2F"),
        f"<a href='{path}'>",
    ):
        assert TOKEN not in masked(line)
        assert "…" in masked(line)


def test_other_lines_stay_as_they_are():
    line = "Not Found: /accounts/nowhere/"
    assert masked(line) == line


def test_traceback_is_masked(log):
    try:
        raise ValueError(SECRET[0])
    except ValueError:
        logging.getLogger("django").exception("Failed")
    assert "Traceback" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_every_handler_masks(settings):
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["class"].endswith("log_masking.MaskingFormatter")
    for logger in settings.LOGGING["loggers"].values():
        assert logger["handlers"] == [], "Django's own would write the same line unmasked"
