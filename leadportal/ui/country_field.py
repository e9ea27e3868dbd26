"""The control for a country: typed or chosen, by any name that people use for it."""

from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leadportal import countries


class CountryInput(forms.TextInput):
    """A text input with the browser's own list of suggestions, which needs no script.

    In a `<select>`, typing only finds the beginnings of names, and chooses the first match without
    asking.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_list"
        attrs = {**(attrs or {}), "list": list_id}
        control = super().render(name, value, attrs, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', control, list_id, _options())


class CountryField(forms.CharField):
    """The code of a country, typed as any of its names or codes."""

    widget = CountryInput

    def prepare_value(self, value: Any) -> Any:
        """Return a stored country's name; what was typed stays as it is."""
        return countries.name_of(value.code) if hasattr(value, "code") else value

    def to_python(self, value: Any) -> str:
        typed = str(super().to_python(value) or "")
        if not typed:
            return ""
        codes = countries.find(typed)
        if len(codes) == 1:
            return codes[0]
        shown = typed if len(typed) <= 60 else f"{typed[:60]}…"
        if codes:
            names = sorted(map(countries.name_of, codes))
            raise ValidationError(f"“{shown}” can be several countries. Enter {_either(names)}.")
        similar = countries.suggestions(typed)
        advice = f"Did you mean {_either(similar)}?" if similar else "Choose one from the list."
        raise ValidationError(f"“{shown}” is not a country that we know. {advice}")


@cache
def _options() -> SafeString:
    """Return the options. Browsers show and search an option's text, and enter its value."""
    return format_html_join(
        "",
        '<option value="{}">{}</option>',
        (
            (name, f"{name} ({', '.join(aliases)})" if aliases else "")
            for name, aliases in countries.choices()
        ),
    )


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
