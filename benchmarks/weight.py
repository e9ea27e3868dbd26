"""What a partner's pages weigh on the wire, and whether they move while they load.

    python -m benchmarks.weight [--quick]

The real server with collected files; compressed as it answers a browser. Cold is everything a page
needs (HTML, CSS, JavaScript), warm the HTML alone. How far things move is what Chromium reports.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection

from benchmarks import alone
from benchmarks.serving import server
from benchmarks.timing import Row
from tests import chromium

SUBJECT = "benchmarks.subjects.weight"
COLD, WARM = 60 * 1024, 12 * 1024
A_YEAR = 31_536_000
SIGNED_OUT = "sign-in"  # the one page that nobody who is signed in gets
SHIFT = """() => new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(shift), 300);
})"""


@dataclass
class Weight:
    """One page: bytes on the wire by kind, and what is wrong with its files."""

    html: int = 0
    styles: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def cold(self) -> int:
        return self.html + sum(self.styles.values()) + sum(self.scripts.values())


def rows(databases: Mapping[str, str], quick: bool) -> list[Row]:
    """Measure on SQLite, or whichever there is: a page weighs the same on either."""
    kind = "SQLite" if "SQLite" in databases else next(iter(databases))
    with tempfile.TemporaryDirectory(prefix="static") as folder:
        environment = {
            "DATABASE_URL": databases[kind],
            "DJANGO_SETTINGS_MODULE": "benchmarks.weight_settings",
            "STATIC_ROOT": folder,
        }
        told = alone.told_by(SUBJECT, environment)
        with server(environment, "--worker-class=gthread", "--threads=4") as (port, _):
            cookie = f"sessionid={told['session']}"
            weights = {
                name: _weigh(port, path, "" if name == SIGNED_OUT else cookie)
                for name, path in told["pages"].items()
            }
            shifts = _shifts(port, told["pages"], told["session"])
    for name, weight in weights.items():
        print(f"{name}: {weight.cold:,} cold, {weight.html:,} warm, shift {shifts.get(name)}")
    return [
        _heaviest("cold: HTML, CSS and JavaScript", {n: w.cold for n, w in weights.items()}, COLD),
        _heaviest("warm: HTML", {n: w.html for n, w in weights.items()}, WARM),
        _most("stylesheets", {n: len(w.styles) for n, w in weights.items()}, 3),
        _most("scripts", {n: len(w.scripts) for n, w in weights.items()}, 2),
        _most("files not cached for ever", {n: len(w.problems) for n, w in weights.items()}, 0),
        _most("layout shift", shifts, 0),
    ]


def _weigh(port: int, path: str, cookie: str) -> Weight:
    weight = Weight()
    html, weight.html, headers = _fetch(port, path, cookie)
    if headers.get("Content-Encoding") != "gzip":
        weight.problems.append(f"{path} is not compressed")
    text = html.decode()
    for kind, pattern in (
        (weight.styles, r'<link rel="stylesheet" href="([^"]+)"'),
        (weight.scripts, r'<script src="([^"]+)"'),
    ):
        for address in re.findall(pattern, text):
            _, kind[address], headers = _fetch(port, address, cookie)
            ages = re.findall(r"max-age=(\d+)", headers.get("Cache-Control", ""))
            if not ages or int(ages[0]) < A_YEAR or not re.search(r"\.[0-9a-f]{12}\.", address):
                weight.problems.append(address)
    return weight


def _fetch(port: int, path: str, cookie: str) -> tuple[bytes, int, dict[str, str]]:
    """Return the content, how many bytes it took on the wire, and the headers."""
    import gzip

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
    """Return how far things move on each page, on a desk and a phone; nothing without Chromium."""
    executable = chromium.found()
    if executable is None:
        return {}
    from playwright.sync_api import sync_playwright

    address = f"http://localhost:{port}"
    shifts = dict.fromkeys(pages, 0.0)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        for width in (1280, 360):
            context = browser.new_context(viewport={"width": width, "height": 800})
            page = context.new_page()
            signed_in = [{"name": "sessionid", "value": session, "url": address}]
            for name, path in pages.items():
                context.clear_cookies()
                if name != SIGNED_OUT:
                    context.add_cookies(signed_in)
                page.goto(address + path)
                shifts[name] = max(shifts[name], page.evaluate(SHIFT))
        browser.close()
    return shifts


def _heaviest(what: str, sizes: Mapping[str, int], bar: int) -> Row:
    name = max(sizes, key=lambda key: sizes[key])
    heaviest, middle = sizes[name], sorted(sizes.values())[len(sizes) // 2]
    return Row(
        "Weight of a partner's page",
        f"{what}; the heaviest, {name}",
        "–",
        f"{heaviest / 1024:.1f} KB",
        f"{middle / 1024:.1f} KB, the middle one of {len(sizes)}",
        heaviest / 1024,
        bar=bar / 1024,
        unit="KB",
    )


def _most(what: str, counts: Mapping[str, float], bar: int) -> Row:
    if not counts:
        return Row("A partner's page", what, "–", "no Chromium here", "", float("nan"), bar=bar)
    name = max(counts, key=lambda key: counts[key])
    found = counts[name]
    return Row(
        "A partner's page", f"{what}; the most, {name}", "–", f"{found:g}", "", found, bar, unit=""
    )


if __name__ == "__main__":
    alone.run(rows)
