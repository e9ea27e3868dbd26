"""The form field for text of several lines."""

from typing import Any

from django import forms

from leadportal.characters import without_invisible


class LinesField(forms.CharField):
    """Text of several lines, each ended by one line feed, without invisible characters."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return without_invisible(str(super().to_python(value) or ""))
