"""Column labels and kinds in each cell of the admin's lists, so that no stylesheet repeats them.

On a narrow screen a row is a card, and each cell shows its column's label. Built in: templates need
no `{% load %}`.
"""

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple, TypeVar

from django import template
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ChangeList
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

Display = TypeVar("Display", bound=Callable[..., object])

# How Django writes a cell and a header: the column's name is in the class. It keeps dates and the
# names of related rows in one line; here only a column's kind does.
_CELL = re.compile(r'<(t[dh]) class="field-(\w+)(?: nowrap)?')
_HEADER = re.compile(r"column-(\w+)")


class Column(NamedTuple):
    """A column's label as in its header, and the CSS class for the kind of its cells."""

    label: str
    kind: str


def kind(name: str) -> Callable[[Display], Display]:
    """Decorate a column: its cells are of this kind, a CSS class such as money, number or wide."""

    def decorate(display: Display) -> Display:
        display.kind = name  # type: ignore[attr-defined]
        return display

    return decorate


@register.simple_tag
def columns(cl: ChangeList) -> dict[str, Column]:
    """Return the list's columns by their names."""
    found = {}
    for field in cl.list_display:
        label, display = label_for_field(field, cl.model, cl.model_admin, return_attr=True)
        found[field if isinstance(field, str) else field.__name__] = Column(
            capfirst(str(label)), getattr(display, "kind", "")
        )
    return found


@register.filter
def labeled(cells: SafeString, known: dict[str, Column]) -> SafeString:
    """Return one cell, or a row's cells in one piece, each with its column's label and kind.

    The cell that heads a row goes without a label.
    """

    def label(cell: re.Match[str]) -> str:
        tag, name = cell.groups()
        column = known[name]
        attribute = f' data-label="{escape(column.label)}"' if tag == "td" else ""
        return f'<{tag}{attribute} class="{_before(column)}field-{name}'

    return mark_safe(_CELL.sub(label, cells))  # noqa: S308 - as safe as the cells


@register.filter
def with_kind(class_attribute: SafeString, known: dict[str, Column]) -> SafeString:
    """Return a header's class attribute with the kind of its column."""
    written = _HEADER.sub(
        lambda found: f"{_before(known[found[1]])}{found[0]}" if found[1] in known else found[0],
        class_attribute,
    )
    return mark_safe(written)  # noqa: S308 - as safe as the attribute


def _before(column: Column) -> str:
    return f"{column.kind} " if column.kind else ""
