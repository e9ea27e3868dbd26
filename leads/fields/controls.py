"""Form fields that validate and normalize a lead's values."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import models

from leadportal.ui.fields import form_field


def of_column(model: type[models.Model], name: str, **options: Any) -> Callable[..., forms.Field]:
    """Return a factory of the form field for a model's column: its length, and whether it is
    required, are the column's.

    No `autocomplete` is set. The contact's details are not the partner's own, so none of its tokens
    fit; and `off` does more than stop suggestions: WebKit empties such a field, and Firefox does
    not restore it, when its page comes back.
    """

    def make(**more: Any) -> forms.Field:
        return form_field(model._meta.get_field(name), **options, **more)  # type: ignore[arg-type, return-value]

    return make


class Tick(forms.CheckboxInput):
    """A checkbox whose value is the version of the text beside it: checked only under that one."""

    version = ""

    def format_value(self, value: Any) -> str:
        return self.version

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, str(value) == self.version, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name, "")


class AgreementField(forms.ChoiceField):
    """A required checkbox. Its answer is the version of the text that was agreed to."""

    widget = Tick

    def show(self, text: str, version: str) -> None:
        """Show `text`, whose version is `version`, beside the checkbox."""
        self.label = text
        self.choices = [(version, text)]
        self.widget.version = version
