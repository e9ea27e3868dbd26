"""The fields of the admin's forms, and what they say of one that was left empty."""

from typing import Any

from django.db.models import Field as Column
from django.forms import Field, RadioSelect, Select
from django.http import HttpRequest

from leadportal.ui.admin_fields import TypedFields


class NamesMissing(TypedFields):
    """Says of each required field what to enter, where Django says the same of all of them."""

    def formfield_for_dbfield(
        self, db_field: Column, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        found = super().formfield_for_dbfield(db_field, request, **kwargs)
        if found is not None and found.required:
            found.error_messages["required"] = missing(found)
        return found


def missing(field: Field) -> str:
    """Return what an empty field says: `Choose an option for “Plan”.`, `Fill in “Valid from”.`"""
    widget = getattr(field.widget, "widget", field.widget)  # of a related row, one is in the other
    how = "Choose an option for" if isinstance(widget, Select | RadioSelect) else "Fill in"
    return f"{how} “{field.label}”."
