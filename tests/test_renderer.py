"""A control looks as Django's own templates would draw it."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from leadportal.ui.renderer import Renderer

WIDGETS = (
    forms.TextInput,
    forms.EmailInput,
    forms.URLInput,
    forms.NumberInput,
    forms.PasswordInput,
    forms.HiddenInput,
    forms.CheckboxInput,
    forms.DateInput,
    forms.Textarea,
)
VALUES = (None, "", "Smith & <b>Sons</b>", '"quoted"', mark_safe("&amp;"), 0, 12.5, True)
ATTRIBUTES = (
    {},
    {"id": "a", "required": True, "disabled": False, "data-words": '<"&'},
    {"maxlength": 200, "class": mark_safe("x &amp; y"), "aria-invalid": "true"},
)


def parts(html: str) -> list[str]:
    """Return what the control is made of; a browser does not mind the attributes' order."""
    tag, _, rest = html.strip().partition(">")
    return [*sorted(re.findall(r'[^\s=]+(?:="[^"]*")?', tag)), rest]


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_a_control_is_drawn_as_django_draws_it(widget, attributes):
    for value in VALUES:
        drawn = widget(attributes).render("company", value, renderer=Renderer())

        expected = widget(attributes).render("company", value, renderer=DjangoTemplates())
        assert parts(drawn) == parts(expected)
        assert isinstance(drawn, type(expected))


CHOICES = (
    ("", "Choose one"),
    (1, mark_safe("R&amp;D")),
    ("Smith & <Sons>", (("a", "A & B"), ('"b"', "<b>"))),
    ("true", gettext_lazy("Yes")),
)


@pytest.mark.parametrize("widget", [forms.Select, forms.SelectMultiple])
@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_a_choice_is_drawn_as_django_draws_it(widget, attributes):
    for value in (None, "", 1, "1", "a", ["a", "true"], "unknown"):
        drawn = widget(attributes, CHOICES).render("plan", value, renderer=Renderer())

        expected = widget(attributes, CHOICES).render("plan", value, renderer=DjangoTemplates())
        without_empty_lines = re.sub(r"\n+", "\n", expected)
        assert parts(drawn) == parts(without_empty_lines)
        assert isinstance(drawn, type(expected))
