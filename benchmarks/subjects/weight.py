"""What a partner's pages weigh on the wire, and whether they move while they load.

The real server with collected files, compressed as it answers a browser. Cold is everything a page
needs (HTML, CSS, JavaScript), warm the HTML alone. Layout shift is what Chromium reports.
"""

import gzip
import os
import re
from collections.abc import Mapping
from http.client import HTTPConnection

from django.urls import reverse

from benchmarks.databases import Server
from benchmarks.measure import Figures, Number, Options, call
from benchmarks.serving import serve
from benchmarks.table import BIG
from benchmarks.visits import answers, browser
from leadportal.partners.models import User
from leads.models import Lead
from tests import chromium
from tests.leads.answers import draft_of

A_YEAR = 31_536_000
SIGNED_OUT = "sign-in"  # the one page that nobody who is signed in gets
SHIFT = """() => new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(shift), 300);
})"""


def figures(server: Server, options: Options) -> Figures:
    """Measure every page of a partner with a full list, money and a draft."""
    environment = server.copy("leads", min(options.sizes))
    session, pages = call(f"{__name__}:pages", environment)
    with serve(environment, "--worker-class=gthread", "--threads=4") as (port, _):
        cookie = f"sessionid={session}"
        weights = {
            page: _weigh(port, path, "" if page == SIGNED_OUT else cookie)
            for page, path in pages.items()
        }
        shifts = _shifts(port, pages, session)
    return {
        **{
            name: _most({page: weight[name] for page, weight in weights.items()})
            for name in weights[SIGNED_OUT]
        },
        "Largest layout shift of a page": _most(shifts),
    }


def _most(values: Mapping[str, float]) -> Number:
    if not values:
        return Number(float("nan"), "", "there is no Chromium here")
    page = max(values, key=lambda key: values[key])
    return Number(values[page], "", page)


def pages() -> tuple[str, dict[str, str]]:
    """Begin a draft; return the session's cookie and the path of each page, by its name."""
    user = User.objects.get(email=BIG)
    typed = answers()
    draft = draft_of(user, typed["contact"] | typed["deal"])
    won = Lead.objects.visible_to(user).filter(status="won").order_by("-changed_at")[0]
    found = {
        "home": reverse("home"),
        "Leads tab": reverse("leads:list"),
        "lead": reverse("leads:detail", args=[won.reference]),
        "confirmation": reverse("leads:submitted", args=[won.reference]),
        "commissions": reverse("commissions:overview"),
        "statements": reverse("commissions:statements"),
        "statement": reverse("commissions:statement", args=[won.changed_at.year]),
        "billing": reverse("commissions:billing"),
        "calculator": reverse("what_would_i_earn"),
        "team": reverse("team"),
        "profile": reverse("profile"),
        SIGNED_OUT: reverse("account_login"),
    }
    found |= {page: reverse("leads:page", args=[draft.pk, page]) for page in typed}
    return browser(BIG).cookies["sessionid"].value, found


def _weigh(port: int, path: str, cookie: str) -> dict[str, float]:
    """Return one page's figures."""
    html, warm, headers = _fetch(port, path, cookie)
    assert headers.get("Content-Encoding") == "gzip", f"{path} is not compressed"
    text = html.decode()
    styles = set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', text))
    scripts = set(re.findall(r'<script src="([^"]+)"', text))
    cold, uncached = warm, 0
    for address in styles | scripts:
        _, size, headers = _fetch(port, address, cookie)
        cold += size
        ages = re.findall(r"max-age=(\d+)", headers.get("Cache-Control", ""))
        is_hashed = re.search(r"\.[0-9a-f]{12}\.", address)
        uncached += not (is_hashed and ages and int(ages[0]) >= A_YEAR)
    return {
        "KB of the heaviest partner page, cold: HTML, CSS and JavaScript": cold / 1024,
        "KB of the heaviest partner page, warm: HTML": warm / 1024,
        "Most stylesheets of a page": len(styles),
        "Most scripts of a page": len(scripts),
        "Most files of a page that are not cached for a year": uncached,
    }


def _fetch(port: int, path: str, cookie: str) -> tuple[bytes, int, dict[str, str]]:
    """Return the content, how many bytes it took on the wire, and the headers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": "localhost", "Accept-Encoding": "gzip", "Cookie": cookie}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200, (path, response.status)
    found = dict(response.headers)
    content = gzip.decompress(body) if found.get("Content-Encoding") == "gzip" else body
    return content, len(body), found


def _shifts(port: int, pages: Mapping[str, str], session: str) -> dict[str, float]:
    """Return how far each page moves, on a desktop and a phone; nothing without Chromium."""
    executable = chromium.found()
    if executable is None:
        return {}
    from playwright.sync_api import sync_playwright

    address = f"http://localhost:{port}"
    shifts = dict.fromkeys(pages, 0.0)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chrome = playwright.chromium.launch(executable_path=executable, args=arguments)
        for width in (1280, 360):
            context = chrome.new_context(viewport={"width": width, "height": 800})
            page = context.new_page()
            for name, path in pages.items():
                context.clear_cookies()
                if name != SIGNED_OUT:
                    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
                page.goto(address + path)
                shifts[name] = max(shifts[name], page.evaluate(SHIFT))
        chrome.close()
    return shifts
