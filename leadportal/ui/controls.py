"""How templates draw a form's controls and list its errors. Built in: no `{% load %}` needed."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, Select, Widget
from django.forms.boundfield import BoundWidget
from django.forms.formsets import BaseFormSet
from django.template.context import Context
from django.utils.safestring import SafeString

from leadportal.ui.renderers import FastRenderer

register = template.Library()

FAST_RENDERER = FastRenderer()


class Problem(NamedTuple):
    """One error of a form: the id of the control it belongs to ("" for none), and what it says."""

    anchor: str
    message: str


@register.filter
def control(field: BoundField) -> SafeString:
    """Return the field's control with Bootstrap's class, beside the classes of the widget's own."""
    widget = field.field.widget
    own = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{_bootstrap_class(widget)} {own}".strip()})


@register.filter
def choice_control(choice: BoundWidget) -> SafeString:
    """Return the control of one choice; errors belong to the group."""
    attributes = choice.data["attrs"]
    attributes.pop("aria-invalid", None)
    attributes["class"] = "form-check-input"
    return choice.tag()


@register.filter
def is_optional(field: BoundField) -> bool:
    """Return whether the label says “(optional)”."""
    return not field.field.required and not getattr(field.field, "conditional", False)


@register.simple_block_tag
def captured(content: SafeString) -> SafeString:
    """Return the content between the tags, to be rendered once and shown in several places."""
    return content


@register.simple_tag(takes_context=True)
def problems(context: Context) -> list[Problem]:
    """Return every error on the page, in order: those of `forms`, else of `form`.

    `forms` is a list of forms and formsets, `form` a single one; both are optional.
    """
    forms = context.get("forms") or [context.get("form")]
    return [problem for form in forms for problem in _problems(form)]


@register.filter
def anchor(field: BoundField) -> str:
    """Return the id of the control to go to: in a group of radios or checkboxes, the first."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label


def _problems(form: Any) -> Iterator[Problem]:
    if isinstance(form, BaseFormSet):
        yield from _general(form.non_form_errors())
        for member in form.forms:
            yield from _problems(member)
    elif isinstance(form, BaseForm) and form.errors:
        yield from _general(form.non_field_errors())
        for field in form:
            where = "" if field.is_hidden else anchor(field)
            yield from (Problem(where, str(error)) for error in field.errors)


def _general(errors: Iterable[Any]) -> Iterator[Problem]:
    return (Problem("", str(error)) for error in errors)


def _bootstrap_class(widget: Widget) -> str:
    if isinstance(widget, Select):
        return "form-select"
    return "form-check-input" if isinstance(widget, CheckboxInput) else "form-control"
