"""How forms are drawn: as Django draws them, but for the controls that pages are full of."""

from collections.abc import Callable, Sequence
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Widget = dict[str, Any]


def drawn_input(widget: Widget) -> SafeString:
    """Return the <input> of a widget, or of one of its options, by its template's context."""
    value = widget["value"]
    shown = "" if value is None else flatatt({"value": str(value)})
    attributes = flatatt(widget["attrs"])
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], shown, attributes
    )


def _select(widget: Widget) -> SafeString:
    groups = SafeString("".join(_group(name, shown) for name, shown, _ in widget["optgroups"]))
    attributes = flatatt(widget["attrs"])
    return format_html('<select name="{}"{}>{}\n</select>', widget["name"], attributes, groups)


def _group(name: str | None, options: Sequence[Widget]) -> SafeString:
    drawn = format_html_join(
        "",
        '\n  <option value="{}"{}>{}</option>',
        ((str(option["value"]), flatatt(option["attrs"]), option["label"]) for option in options),
    )
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, drawn) if name else drawn


def _textarea(widget: Widget) -> SafeString:
    value, attributes = widget["value"] or "", flatatt(widget["attrs"])
    return format_html('<textarea name="{}"{}>\n{}</textarea>', widget["name"], attributes, value)


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
