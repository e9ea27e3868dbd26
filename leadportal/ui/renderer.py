"""How forms are drawn: as Django draws them, but for the controls that pages are full of."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString

Widget = dict[str, Any]


def drawn_input(widget: Widget) -> SafeString:
    """Return the <input> of a widget, or of one of its options, by its template's context."""
    value = widget["value"]
    shown = "" if value is None else f' value="{escaped(value)}"'
    names = f'type="{escaped(widget["type"])}" name="{escaped(widget["name"])}"'
    return SafeString(f"<input {names}{shown}{_attributes(widget)}>")


def _select(widget: Widget) -> SafeString:
    groups = "".join(_group(name, shown) for name, shown, _ in widget["optgroups"])
    opening = f'<select name="{escaped(widget["name"])}"{_attributes(widget)}>'
    return SafeString(f"{opening}{groups}\n</select>")


def _group(name: str | None, options: Sequence[Widget]) -> str:
    drawn = "".join(_option(option) for option in options)
    return f'\n  <optgroup label="{escaped(name)}">{drawn}\n  </optgroup>' if name else drawn


def _option(option: Widget) -> str:
    value, label = escaped(option["value"]), escaped(option["label"])
    return f'\n  <option value="{value}"{_attributes(option)}>{label}</option>'


def _textarea(widget: Widget) -> SafeString:
    opening = f'<textarea name="{escaped(widget["name"])}"{_attributes(widget)}>'
    return SafeString(f"{opening}\n{escaped(widget['value'] or '')}</textarea>")


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{escaped(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def escaped(value: Any) -> str:
    """Return the value's text for a page: escaped, unless it is a SafeString.

    Django's `conditional_escape` says the same, and takes several times as long.
    """
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)


_INPUTS = ("checkbox", "email", "hidden", "input", "number", "password", "tel", "text", "url")
# What Django's templates of these names hold, by way of several templates more.
_DRAWN: dict[str, Callable[[Widget], SafeString]] = {
    f"django/forms/widgets/{name}.html": draw
    for name, draw in {
        **dict.fromkeys(_INPUTS, drawn_input),
        "select": _select,
        "textarea": _textarea,
    }.items()
}


class Renderer(DjangoTemplates):
    """Django's own renderer, in which an input, a select box and a text area cost no template.

    An option of a select box is drawn as Django's are: a template of its own is not asked for.
    """

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        draw = _DRAWN.get(template_name)
        if draw:
            return draw(context["widget"])
        return super().render(template_name, context, request)
