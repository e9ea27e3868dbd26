"""Stock Firefox and WebKitGTK, driven by the commands that W3C WebDriver gives names to.

WebKitGTK answers them over HTTP (WebKitWebDriver). Debian packages no geckodriver, so Firefox is
asked the same commands over Marionette, the protocol that geckodriver itself speaks to it.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

START_SECONDS = 60
COMMAND_SECONDS = 30
WAIT_SECONDS = 10
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver marks an element in JSON
RETURN = "\ue006"
MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"


class WebDriverError(Exception):
    """A command was refused; the message is the browser's."""


class Browser:
    """One window of a browser. A subclass knows how its engine is reached."""

    def command(self, name: str, **parameters: Any) -> Any:
        """Return the answer to a command, by its WebDriver name. Raises WebDriverError."""
        raise NotImplementedError

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a function's body returns in the page."""
        return self.command("ExecuteScript", script=script, args=list(arguments))

    def go(self, address: str) -> None:
        self.command("Navigate", url=address)

    def back(self) -> None:
        self.command("Back")

    def forward(self) -> None:
        self.command("Forward")

    def reload(self) -> None:
        self.command("Refresh")

    @property
    def address(self) -> str:
        return str(self.run("return location.href"))

    @property
    def text(self) -> str:
        """The visible text of the page."""
        return str(self.run("return document.body ? document.body.innerText : ''"))

    def find(self, selector: str) -> Any:
        """Return the first element that matches, waited for."""
        return self.until(
            lambda: self.run("return document.querySelector(arguments[0])", selector), selector
        )

    def click(self, selector: str) -> None:
        """Click an element. A page that this leads to may still be on its way."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        self.command("ElementClick", id=element[ELEMENT])

    def type(self, selector: str, text: str) -> None:
        """Type behind what a field holds."""
        keys = text.replace("\n", RETURN)  # WebKit has no key for a line feed
        self.command("ElementSendKeys", id=self.find(selector)[ELEMENT], text=keys)

    def retype(self, selector: str, text: str) -> None:
        """Type in place of what a field holds."""
        self.command("ElementClear", id=self.find(selector)[ELEMENT])
        if text:
            self.type(selector, text)

    def choose(self, selector: str, label: str) -> None:
        """Choose the option whose text begins so, and tell scripts as a person's choice is told."""
        chosen = self.run(
            """const [select, label] = arguments;
            const option = [...select.options].find((each) => each.text.trim().startsWith(label));
            if (!option) return false;
            select.value = option.value;
            select.dispatchEvent(new Event("input", {bubbles: true}));
            select.dispatchEvent(new Event("change", {bubbles: true}));
            return true;""",
            self.find(selector),
            label,
        )
        assert chosen, f"{selector} has no option {label}."

    def value(self, selector: str) -> Any:
        """Return a field's value as it stands, None where there is no such field."""
        return self.run(
            "const field = document.querySelector(arguments[0]); return field && field.value",
            selector,
        )

    def until(self, met: Callable[[], Any], what: str) -> Any:
        """Return the first truthy value of `met`; fail after WAIT_SECONDS with `what` and the page.

        A page in the middle of a navigation answers with an error: that counts as not yet.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        found: Any = None
        while not found and time.monotonic() < deadline:
            try:
                found = met()
            except WebDriverError as error:
                found, what = None, f"{what} ({error})"
            if not found:
                time.sleep(0.05)
        assert found, f"Waited in vain for: {what}\n{self.address}\n{self.text[:2000]}"
        return found

    def sees(self, text: str) -> None:
        """Wait until the page shows this text."""
        self.until(lambda: text in self.text.replace("\xa0", " "), f"the text {text!r}")

    def holds(self, selector: str, value: str) -> None:
        """Wait until a field holds this value."""
        wanted = f"{selector} to hold {value!r}"
        try:
            self.until(lambda: self.value(selector) == value, wanted)
        except AssertionError as error:
            raise AssertionError(f"It holds {self.value(selector)!r}. {error}") from None


class Firefox(Browser):
    """Firefox over Marionette: each message is its length, a colon, and JSON."""

    # Where Marionette's names are others than WebDriver's
    _ROUTES = {"AddCookie": "AddCookie", "DeleteCookies": "DeleteAllCookies"}

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), COMMAND_SECONDS)
        self._number = 0
        self._read()  # the greeting
        self.command("NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "normal"}})

    def close(self) -> None:
        self._socket.close()

    def command(self, name: str, **parameters: Any) -> Any:
        self._number += 1
        route = f"WebDriver:{self._ROUTES.get(name, name)}"
        message = json.dumps([0, self._number, route, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, answer = self._read()
        if error:
            raise WebDriverError(f"{error['error']}: {error['message']}")
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._received(1)
        return json.loads(self._received(int(length[:-1])))

    def _received(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            chunk = self._socket.recv(count - len(received))
            if not chunk:
                raise WebDriverError("Firefox has closed its connection.")
            received += chunk
        return received


class WebKit(Browser):
    """WebKitGTK's MiniBrowser behind WebKitWebDriver."""

    _ROUTES = {
        "Navigate": ("POST", "/url"),
        "Back": ("POST", "/back"),
        "Forward": ("POST", "/forward"),
        "Refresh": ("POST", "/refresh"),
        "ExecuteScript": ("POST", "/execute/sync"),
        "AddCookie": ("POST", "/cookie"),
        "DeleteCookies": ("DELETE", "/cookie"),
        "ElementClick": ("POST", "/element/{id}/click"),
        "ElementClear": ("POST", "/element/{id}/clear"),
        "ElementSendKeys": ("POST", "/element/{id}/value"),
        "SetWindowRect": ("POST", "/window/rect"),
        "DeleteSession": ("DELETE", ""),
    }

    def __init__(self, port: int, mini_browser: str) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        options = {"binary": mini_browser, "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        opened = self._ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self._address += f"/{opened['sessionId']}"

    def command(self, name: str, **parameters: Any) -> Any:
        method, path = self._ROUTES[name]
        path = path.format(id=parameters.pop("id", ""))
        return self._ask(method, path, parameters if method == "POST" else None)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._address + path, data, method=method)  # noqa: S310 - own machine
        try:
            with urlopen(request, timeout=COMMAND_SECONDS) as response:  # noqa: S310 - the same
                return json.load(response)["value"]
        except OSError as error:
            told = getattr(error, "read", lambda: b"")().decode()
            raise WebDriverError(told or str(error)) from error


def missing(engine: str) -> str:
    """Return what this machine lacks for an engine and how to get it; "" where it has all."""
    if engine == "firefox":
        found = shutil.which("firefox-esr") or shutil.which("firefox")
        return "" if found else "No Firefox here. On Debian: apt-get install firefox-esr"
    found = shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and _mini_browser()
    return "" if found else "No WebKit here. On Debian: apt-get install webkit2gtk-driver xvfb"


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Browser]:
    """Open a browser whose profile is in this new folder; at the end, close it."""
    with (_firefox if engine == "firefox" else _webkit)(folder) as browser:
        yield browser


@contextmanager
def _firefox(folder: Path) -> Iterator[Browser]:
    preferences = {
        "marionette.port": 0,  # any free one
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.page": 0,
        "datareporting.policy.dataSubmissionEnabled": False,
        "app.update.disabledForTesting": True,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "extensions.update.enabled": False,
    }
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items())
    (folder / "user.js").write_text("\n".join(lines))
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    switches = ("--headless", "--marionette", "--no-remote", "--profile", str(folder))
    with _running([str(program), *switches], folder):
        port_file = folder / "MarionetteActivePort"
        port = _awaited(lambda: port_file.exists() and port_file.read_text(), "Firefox")
        browser = Firefox(int(port))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _webkit(folder: Path) -> Iterator[Browser]:
    # A screen of its own: WebKitGTK draws nothing without one.
    display_file = folder / "display"
    with display_file.open("w") as display:
        screen = ["Xvfb", "-displayfd", str(display.fileno()), "-screen", "0", "1280x1024x24"]
        with _running(screen, folder, pass_fds=(display.fileno(),)):
            number = _awaited(lambda: display_file.read_text().strip(), "Xvfb")
            with _web_driver(folder, f":{number}") as browser:
                yield browser


@contextmanager
def _web_driver(folder: Path, display: str) -> Iterator[Browser]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        "NO_AT_BRIDGE": "1",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
    }
    with _running(["WebKitWebDriver", f"--port={port}"], folder, env=os.environ | environment):
        _awaited(lambda: _listens(port), "WebKitWebDriver")
        browser = WebKit(port, str(_mini_browser()))
        try:
            yield browser
        finally:
            browser.command("DeleteSession")


@contextmanager
def _running(command: list[str], folder: Path, **options: Any) -> Iterator[None]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("w") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written, **options)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _awaited(ready: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.05)
    raise WebDriverError(f"{what} did not start within {START_SECONDS} seconds.")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _mini_browser() -> Path | None:
    return next(Path("/").glob(MINI_BROWSERS.lstrip("/")), None)
