"""No field asks the browser to forget it: `autocomplete="off"` loses what was typed.

WebKit empties such a field when its page comes back, and Firefox does not restore it.
"""

import re
from pathlib import Path

import allauth.account
import crispy_bootstrap5
import pytest
from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import get_resolver

OFF = re.compile(r"""autocomplete\W{1,6}(off|nope|false|no)\b""")
SOURCES = [
    *(settings.BASE_DIR / name for name in ("templates", "static/js", "leads", "commissions")),
    settings.BASE_DIR / "leadportal",
    *(Path(package.__file__).parent / "templates" for package in (admin, crispy_bootstrap5)),
    Path(allauth.account.__file__).parent.parent / "templates",
]


def form_classes(of: type = forms.BaseForm) -> set[type]:
    return {of, *(each for sub in of.__subclasses__() for each in form_classes(sub))}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_source_switches_autocomplete_off(source):
    files = [path for path in source.rglob("*") if path.suffix in (".html", ".py", ".js")]
    assert files
    found = [str(path) for path in files if OFF.search(path.read_text())]
    assert found == []


def test_no_form_switches_autocomplete_off():
    get_resolver().url_patterns  # noqa: B018 - imports every form
    ours = [
        form
        for form in form_classes()
        if form.__module__.partition(".")[0] in ("leads", "commissions", "leadportal")
    ]
    assert len(ours) > 15
    found = {
        f"{form.__qualname__}.{name}": field.widget.attrs["autocomplete"]
        for form in ours
        for name, field in getattr(form, "base_fields", {}).items()
        if field.widget.attrs.get("autocomplete") in ("off", "nope", "false", "no")
    }
    assert found == {}
