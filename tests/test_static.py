"""What the browser fetches: all of it is served by the project, named by content, and light."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.core.management import call_command

from tests.sessions import sign_in

MOST = 60_000  # bytes of HTML, CSS and JavaScript, compressed, of any partner's page, cold
MANIFEST = "leadportal.ui.static_files.StaticFiles"


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def fetched(html: str) -> tuple[list[str], list[str]]:
    """Return the addresses of the page's stylesheets and of its scripts."""
    styles = re.findall(r'<link rel="stylesheet" href="([^"]*)"', html)
    return styles, re.findall(r'<script src="([^"]*)"', html)


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/accounts/profile/", "/solution/leads/", "/commissions/"]
)
def test_partners_page_is_light(client, partner_user, lead, path):
    if path != "/accounts/login/":
        sign_in(client, partner_user)
    html = client.get(path).content
    styles, scripts = fetched(html.decode())
    assert len(styles) <= 3
    assert len(scripts) <= 2
    assets = [Path(find(url.removeprefix(settings.STATIC_URL))) for url in styles + scripts]
    weight = sum(compressed(asset.read_bytes()) for asset in assets) + compressed(html)
    assert weight <= MOST


def test_pages_hold_no_inline_script_or_style(client, partner_user, lead):
    sign_in(client, partner_user)
    for path in ("/", "/accounts/profile/", "/solution/leads/", lead.get_absolute_url()):
        html = client.get(path).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", html), path


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    """The folder of the collected files, as a real installation serves them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": MANIFEST}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_files_are_collected_under_names_that_change_with_their_content(collected):
    for name in ("css/portal.*.css", "js/portal.*.js", "vendor/htmx/htmx.min.*.js"):
        (hashed,) = collected.glob(name)
        assert hashed.with_name(hashed.name + ".gz").exists()


def test_pages_are_compressed_for_who_takes_it(client, db):
    page = client.get("/accounts/login/", headers={"accept-encoding": "gzip"})

    assert page["Content-Encoding"] == "gzip"
    assert b"Sign in" in gzip.decompress(page.content)
    assert "Accept-Encoding" in page["Vary"]
    assert "Content-Encoding" not in client.get("/accounts/login/")


def test_stylesheets_are_collected_without_comments(collected):
    for name in ("tokens", "components", "portal", "admin"):
        source = Path(find(f"css/{name}.css")).read_text()
        (sheet,) = collected.glob(f"css/{name}.????????????.css")
        assert "/*" not in sheet.read_text()
        bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
        assert sheet.read_text().split() == bare.split()


def test_sharing_stylesheets_with_the_admin_costs_a_page_nothing(collected):
    """Portal's own sheet alone, with comments, weighed 8,058 bytes before anything was shared."""
    sheets = [collected / f"css/{name}.css" for name in ("tokens", "components", "portal")]
    assert sum(compressed(sheet.read_bytes()) for sheet in sheets) <= 8_058
