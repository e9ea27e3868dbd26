"""The fields of the admin's forms, and their messages for empty required fields."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Field as Column
from django.forms import Field, RadioSelect, Select
from django.http import HttpRequest, HttpResponse

from leadportal.ui.action_view import is_redrawn
from leadportal.ui.admin_fields import TypedFields


class NamesMissing(TypedFields):
    """A mixin whose messages name each required field, where Django's are all the same."""

    def formfield_for_dbfield(
        self, db_field: Column, request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        found = super().formfield_for_dbfield(db_field, request, **kwargs)
        if found is not None and found.required:
            found.error_messages["required"] = missing(found)
        return found


def missing(field: Field) -> str:
    """Return an empty field's error: `Choose an option for “Plan”.`, `Fill in “Valid from”.`"""
    widget = getattr(field.widget, "widget", field.widget)  # of a related row, one is in the other
    how = "Choose an option for" if isinstance(widget, Select | RadioSelect) else "Fill in"
    return f"{how} “{field.label}”."


class _AsTyped:
    """A form that is shown as typed and never saved."""

    def is_valid(self) -> bool:
        super().is_valid()  # type: ignore[misc]
        return False


class RowsAsTyped(ModelAdmin):
    """A form with rows of another model: it is drawn as typed, rows that a script has added too."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (_AsTyped, form), {}) if is_redrawn(request) else form

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(request, *args, **kwargs)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().change_view(request, *args, **kwargs)

    # Posted, the page is only shown (leadportal.interrupted).
    add_view.draws_typed = change_view.draws_typed = ("_redraw", "1")  # type: ignore[attr-defined]
