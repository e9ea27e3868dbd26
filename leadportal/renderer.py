"""How forms are drawn: as Django draws them, but for the one control that pages are full of."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

# What Django's templates of these names hold is an <input>, by way of two templates more.
_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("checkbox", "email", "hidden", "input", "number", "password", "tel", "text", "url")
)


class Renderer(DjangoTemplates):
    """Django's own renderer, in which an input costs no template."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        if template_name in _INPUTS:
            return drawn_input(context["widget"])
        return super().render(template_name, context, request)


def drawn_input(widget: dict[str, Any]) -> SafeString:
    """Return the <input> of a widget, or of one of its options, by its template's context."""
    value = widget["value"]
    shown = "" if value is None else flatatt({"value": str(value)})
    attributes = flatatt(widget["attrs"])
    return format_html(
        '<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], shown, attributes
    )
