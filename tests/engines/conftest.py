"""Firefox and WebKit in front of the running portal. Slow: `make test-slow` runs them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from leadportal.partners.models import User
from tests.engines import webdriver
from tests.engines.webdriver import Browser
from tests.sessions import new_session

ENGINES = ("firefox", "webkit")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def window(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The one window of the engine, for all tests."""
    problem = webdriver.missing(engine)
    if problem:
        pytest.skip(problem)
    with webdriver.opened(engine, tmp_path_factory.mktemp(engine)) as window:
        window.command("SetWindowRect", x=0, y=0, width=1280, height=1000)
        yield window


@pytest.fixture
def tab(window: Browser, live_server: Any) -> Iterator[Browser]:
    """The engine's window without cookies, at the sign-in page."""
    window.go(f"{live_server.url}/accounts/login/")
    yield window
    window.run("sessionStorage.clear()")
    window.command("DeleteCookies")
    window.go("about:blank")


@pytest.fixture
def sign_in(tab: Browser) -> Callable[[User], None]:
    """Sign a user in without the form."""

    def signed_in(user: User) -> None:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": new_session(user), "path": "/"}
        tab.command("AddCookie", cookie=cookie)

    return signed_in


@pytest.fixture
def visit(tab: Browser, live_server: Any) -> Callable[[str], None]:
    """Go to a path of the portal."""
    return lambda path: tab.go(live_server.url + path)
