"""A real Chromium in front of the running portal."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, WebError

from leadportal.partners.models import User
from tests import chromium
from tests.browser.looks import LOOKS, assert_fits, assert_named
from tests.browser.looks import PHONE as PHONE_SIZE
from tests.sessions import new_session

# Playwright runs an event loop in the tests' own thread, where Django would refuse to reach the
# database; from here on for the whole process, since that loop outlives the browser's tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages of a context: they come from one site.
    "--renderer-process-limit=1",
)
WAIT_MILLISECONDS = 10_000
PHONE = {"viewport": PHONE_SIZE, "has_touch": True}
ASSETS = frozenset({"font", "image", "script", "stylesheet"})

# Every rule of WCAG 2.2 AA, the sizes of targets too, and axe's own good practice
AXE = {
    "resultTypes": ["violations"],
    # axe would read the stylesheets through inline styles, which the CSP refuses.
    "preload": False,
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

# Those of them that colors and widths decide; by the others a page is the same in every look.
BY_LOOK = {
    "type": "rule",
    "values": [
        "color-contrast",
        "link-in-text-block",
        "scrollable-region-focusable",
        "target-size",
    ],
}

# axe takes the same few colors apart again for every node, a fifth of its time.
REMEMBER_COLOURS = """() => {
    const { Color } = axe.commons.color;
    const parse = Color.prototype.parseString;
    const known = new Map();
    Color.prototype.parseString = function (text) {
        if (!known.has(text)) {
            const { r, g, b, alpha } = parse.call(this, text);
            known.set(text, { r, g, b, alpha });
        }
        return Object.assign(this, known.get(text));
    };
}"""

# What is around every page of a partner and of the admin
SHELL = (".sidebar", "#header", "#nav-sidebar")

RUN_AXE = """([without, options]) => {
    // A color on its way to another theme's is neither's.
    document.getAnimations().forEach((running) => running.finish());
    return axe.run({exclude: without}, options).then((found) => found.violations);
}"""

# The page at a path in place of the one that is shown
WRITE_OVER = """async (path) => {
    const response = await fetch(path);
    const html = await response.text();
    history.replaceState(null, "", response.url);
    document.open();
    document.write(html);
    const loaded = new Promise((done) => addEventListener("load", done));
    document.close();
    await loaded;
}"""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Skip from here, not from a fixture: then the report folds all the skips into one line."""
    if chromium.found() is None:
        pytest.skip("No Chromium here. On Debian: apt-get install chromium-headless-shell")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium: a download of Playwright's is nothing a test should need."""
    switches = [*SWITCHES, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return browser_type_launch_args | {"executable_path": chromium.found(), "args": switches}


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    """Where `page.goto("/solution/leads/")` leads."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "en-US", "timezone_id": "UTC"}


@pytest.fixture(scope="session")
def all_complaints() -> list[str]:
    """What every context of the session complains of."""
    return []


@pytest.fixture
def complaints(all_complaints: list[str]) -> list[str]:
    """What the browser complains of: a script's error, a refusal by the CSP, a missing file.

    A test ends with none; one that provokes them clears the list.
    """
    all_complaints.clear()
    return all_complaints


@pytest.fixture(scope="session")
def free_contexts() -> dict[str, list[BrowserContext]]:
    """Contexts that no test uses now, by their options.

    A new one takes twice as long to show a page as one that has shown others.
    """
    return defaultdict(list)


@pytest.fixture
def new_context(
    browser: Browser,
    browser_context_args: dict[str, Any],
    free_contexts: dict[str, list[BrowserContext]],
    complaints: list[str],
) -> Iterator[Callable[..., BrowserContext]]:
    """Lend a context without pages, cookies and permissions, to one test at a time.

    What else a test may leave in it (a clock, a script for every page) is kept from the others by
    `kept=False`: such a context ends with its test.
    """
    lent: list[tuple[BrowserContext, bool, str]] = []

    def opened(*, kept: bool = True, **options: Any) -> BrowserContext:
        name = repr(sorted(options.items()))
        if kept and free_contexts[name]:
            context = free_contexts[name].pop()
        else:
            context = browser.new_context(**browser_context_args | options)
            context.set_default_timeout(WAIT_MILLISECONDS)
            context.on("console", lambda message: complaints.extend(_refusal(message)))
            context.on("weberror", lambda error: complaints.extend(_script_error(error)))
            context.on("response", lambda response: complaints.extend(_missing_asset(response)))
            # Its process stays when the test's own pages are closed, and draws the next test's.
            context.new_page()
        lent.append((context, kept, name))
        return context

    yield opened
    for context, kept, name in lent:
        if not kept:
            context.close()
            continue
        for page in context.pages[1:]:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        free_contexts[name].append(context)
    assert complaints == []


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Open a page of a browser of its own: `open_page(phone=True)`.

    `javascript=False` switches scripts off, `phone` narrows it to 360 px, `dark` is the device's
    color scheme, `kept=False` keeps from other tests what this one does to the context.
    """

    def opened(
        *, javascript: bool = True, phone: bool = False, dark: bool = False, kept: bool = True
    ) -> Page:
        return new_context(
            kept=kept,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            **(PHONE if phone else {}),
        ).new_page()

    return opened


@pytest.fixture
def sign_in(base_url: str) -> Callable[[Page, User], None]:
    """Sign a user in without the form: `sign_in(page, partner_user)`, then `page.goto(…)`."""

    def signed_in(page: Page, user: User) -> None:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": new_session(user)}
        page.context.add_cookies([cookie | {"url": base_url}])

    return signed_in


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[..., None]:
    """Assert that axe finds nothing on the page as it stands: `assert_accessible(page)`.

    Of what the selectors of `without` name, nothing is asked; `by_look` asks only what colors and
    widths decide.
    """

    def asserted(page: Page, without: Sequence[str] = (), *, by_look: bool = False) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
            page.evaluate(REMEMBER_COLOURS)
        options = AXE | {"runOnly": BY_LOOK} if by_look else AXE
        violations = page.evaluate(RUN_AXE, [[[selector] for selector in without], options])
        assert not violations, AxeResults({"violations": violations}).generate_report()

    return asserted


@pytest.fixture(scope="session")
def looked_at(assert_accessible: Callable[..., None]) -> Callable[..., None]:
    """Assert the same, and that nothing asks for sideways scrolling, in each of these looks."""

    def looked(
        page: Page,
        looks: Iterable[tuple[Any, Any]],
        without: Sequence[str] = (),
        *,
        by_look: bool = False,
    ) -> None:
        for number, (scheme, size) in enumerate(looks):
            _look(page, scheme, size)
            assert_accessible(page, without, by_look=by_look and number > 0)
            assert_fits(page)

    return looked


@pytest.fixture(scope="session")
def assert_well_made(looked_at: Callable[..., None]) -> Callable[[Page], None]:
    """Assert that axe finds nothing and that nothing asks for sideways scrolling.

    The page as it stands is looked at twice, wide in the light and at 320 px in the dark, and left
    as at first.
    """

    def asserted(page: Page) -> None:
        looked_at(page, LOOKS)
        _look(page, *LOOKS[0])

    return asserted


@pytest.fixture(scope="session")
def assert_all_well_made(looked_at: Callable[..., None]) -> Callable[[Page, Iterable[str]], None]:
    """Assert the same of the pages at these paths, and a title, one h1 and that 360 px are enough.

    The first one is gone to, the others are written over it: axe, which takes longer to load than
    a page, is loaded once. Each begins in the look in which the one before it ended; in its second
    look it is asked only what colors and widths decide. What is around each of them alike is looked
    at with the first.
    """

    def asserted(page: Page, paths: Iterable[str]) -> None:
        for number, path in enumerate(paths):
            if number == 0:
                page.goto(path)
            else:
                page.evaluate(WRITE_OVER, path)
            assert_named(page)
            looks = LOOKS[::-1] if number % 2 else LOOKS
            looked_at(page, looks, SHELL if number else (), by_look=number > 0)
            page.set_viewport_size(PHONE_SIZE)
            assert_fits(page)
        _look(page, *LOOKS[0])

    return asserted


def _look(page: Page, scheme: Any, size: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)


def _refusal(message: ConsoleMessage) -> list[str]:
    of_policy = "Content Security Policy" in message.text
    return [f"{message.text} ({message.location['url']})"] if of_policy else []


def _script_error(error: WebError) -> list[str]:
    return [f"{error.error} ({error.page.url if error.page else 'no page'})"]


def _missing_asset(response: Response) -> list[str]:
    missing = response.request.resource_type in ASSETS and response.status >= 400
    return [f"{response.status} {response.url}"] if missing else []
