"""The form field for text of several lines."""

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """Text of several lines. Browsers send a line's end as two characters and count it as one."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return text.replace("\r\n", "\n")
