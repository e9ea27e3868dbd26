"""What is in force can only be read in the admin; what is still to come can be edited."""

# Django's own classes take no types when the code runs.
# mypy: disable-error-code="type-arg"

from django.contrib import admin
from django.http import HttpRequest

from commissions.models.dated import Dated


class DatedAdmin(admin.ModelAdmin):
    """An admin of rows that hold from a date on."""

    show_full_result_count = False
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Dated | None = None) -> bool:
        """Return whether the user may change it, and it is still to come."""
        return not (obj and obj.is_in_force) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Dated | None = None) -> bool:
        """Return whether the user may delete it, and it is still to come."""
        return not (obj and obj.is_in_force) and super().has_delete_permission(request, obj)

    @admin.display(boolean=True, description="in force", ordering="valid_from")
    def has_begun(self, row: Dated) -> bool:
        return row.is_in_force
