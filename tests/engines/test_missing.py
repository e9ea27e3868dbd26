"""Where an engine is missing, its tests say how to get it."""

import shutil

import pytest

from tests.engines import webdriver


@pytest.mark.parametrize(
    ("engine", "packages"),
    [("firefox", "firefox-esr"), ("webkit", "webkit2gtk-driver xvfb")],
)
def test_missing_engine_is_named_with_its_packages(monkeypatch, engine, packages):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert webdriver.missing(engine).endswith(f"On Debian: apt-get install {packages}")


@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_engine_that_is_there_is_not_missed(monkeypatch, engine):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(webdriver, "_mini_browser", lambda: webdriver.Path("/opt/MiniBrowser"))
    assert webdriver.missing(engine) == ""
