"""The choice of a country: a list of hundreds that is the same for everybody."""

from functools import cache
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_countries import countries

NONE = ("", "Choose a country")


class CountrySelect(forms.Select):
    """The list, whose options are drawn once for all pages."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        drawn = forms.Select(attrs=self.attrs).render(name, value, attrs, renderer)
        chosen = format_html_join("", '<option value="{}"', [[value or ""]])
        options = _options().replace(chosen, f"{chosen} selected", 1)
        return mark_safe(drawn.replace("</select>", f"{options}</select>"))  # noqa: S308 - both are drawn safely

    def __deepcopy__(self, memo: dict[int, Any]) -> "CountrySelect":
        # Past ChoiceWidget's, which goes through all the choices again.
        select: CountrySelect = super(forms.widgets.ChoiceWidget, self).__deepcopy__(memo)
        return select


class CountryField(forms.ChoiceField):
    """A country's code. Forms share the list instead of each copying it."""

    widget = CountrySelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[NONE, *countries], **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "CountryField":
        field: CountryField = super(forms.ChoiceField, self).__deepcopy__(memo)
        return field


@cache
def _options() -> str:
    return format_html_join("\n", '<option value="{}">{}</option>', [NONE, *countries])
