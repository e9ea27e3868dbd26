"""The form fields of the admin's own forms: those of `leadportal.ui.fields`."""

from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.contrib.admin.options import BaseModelAdmin
from django.db import models
from django.http import HttpRequest

from leadportal.ui.amounts import AmountField
from leadportal.ui.fields import EmailField, form_class_of
from leadportal.ui.numbers import NumberField


class TypedFields(BaseModelAdmin):
    """A mixin for admins and inlines: their forms read input as everywhere else in the portal."""

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        form_class = form_class_of(db_field)
        if form_class is not None:
            kwargs = {"form_class": form_class, **_widget(form_class), **kwargs}
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def _widget(form_class: type[forms.Field]) -> dict[str, forms.Widget]:
    """Return the widget where the admin's own is none for text, as a keyword argument."""
    if issubclass(form_class, NumberField):
        attributes = form_class.widget.attrs
        wide = {} if issubclass(form_class, AmountField) else {"class": "vIntegerField"}
        return {"widget": widgets.AdminTextInputWidget({**attributes, **wide})}
    if issubclass(form_class, EmailField):
        return {"widget": form_class.widget({"class": "vTextField"})}
    return {}
