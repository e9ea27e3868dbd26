"""The queue: its order, in which its index and the place of a lead in it stand, and its table."""

from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Self

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from leads.models import Lead
from leads.models.lead import BY_AGE


class Row(list[SafeString]):
    """A lead's cells as the admin's table takes them; it asks each row for the form it edits."""

    form = None


class Queue(ChangeList):
    """The leads by their age and nothing else, the longest waiting first or last."""

    def get_ordering(
        self, request: HttpRequest, queryset: QuerySet[Lead]
    ) -> list[str | Combinable]:
        """Return an order that is total, and one index's in both directions."""
        chosen = super().get_ordering(request, queryset)
        sign = "-" if str(chosen[0]).startswith("-") else ""
        return [f"{sign}submitted_at", f"{sign}pk"]

    @property
    def further(self) -> str:
        """The address of the leads after the last one that is listed; none where that is the end.

        It stands on the last page only, whose last row says where to go on.
        """
        is_last_page = self.page_num == self.paginator.num_pages
        if not (is_last_page and hasattr(self.result_count, "least")):
            return ""
        last = list(self.result_list)[-1]
        return self.get_query_string({"after": BY_AGE.cursor(BY_AGE.place_of(last))}, remove=["p"])

    @cached_property
    def _address(self) -> str:
        return reverse("admin:leads_lead_changelist")

    def url_for_result(self, result: Model) -> str:
        """Return the address of a lead's page, without looking it up for every row."""
        return f"{self._address}{result.pk}/change/"

    @property
    def headers(self) -> list[dict[str, Any]]:
        """The columns' headers, as the admin's own table has them."""
        return list(result_headers(self))

    @property
    def rows(self) -> list[Row]:
        """The listed leads' cells, as the admin's own table would have them, in one piece a row.

        The admin looks each of 225 cells up by name, to find that it is a function of ours; by a
        profile that was a third of the page's time.
        """
        return [Row([SafeString("".join(self._cells(lead)))]) for lead in self.result_list]

    def _cells(self, lead: Lead) -> Iterator[str]:
        for column in self.list_display:
            if callable(column):
                yield self._cell(column, lead)
            else:  # the admin's own: the box of those that an action is for
                yield (
                    f'<td class="action-checkbox"><input type="checkbox" '
                    f'name="{ACTION_CHECKBOX_NAME}" value="{lead.pk}" class="action-select" '
                    f'aria-label="Select this object for an action - {escape(str(lead))}"></td>'
                )

    def _cell(self, column: Callable[[Any], str | bool], lead: Lead) -> str:
        name, value = column.__name__, column(lead) or getattr(column, "empty_value_display", "")
        shown = escaped(value)
        if column not in self.list_display_links:
            return f'<td class="field-{name}">{shown}</td>'
        address = self.url_for_result(lead)
        if self.preserved_filters:  # where the lead's page leads back to
            address = f"{address}?{self.preserved_filters}"
        return f'<th class="field-{name}"><a href="{escape(address)}">{shown}</a></th>'


def escaped(value: Any) -> str:
    """Return the value's text for a page: escaped, unless it is a SafeString.

    Django's `conditional_escape` says the same, and takes several times as long.
    """
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)


class FilteredLeads(Queue):
    """The leads that a list's filters hold, of which nothing is listed or counted."""

    @classmethod
    def of(cls, model_admin: admin.ModelAdmin, request: HttpRequest) -> Self:
        """Return them for a request for the list. Raises what the list would for a bad filter."""
        return cls(
            request,
            model_admin.model,
            list_display=(),
            list_display_links=(),
            list_filter=model_admin.get_list_filter(request),
            date_hierarchy=None,
            search_fields=model_admin.get_search_fields(request),
            list_select_related=(),
            list_per_page=1,
            list_max_show_all=1,
            list_editable=(),
            model_admin=model_admin,
            sortable_by=(),
            search_help_text=None,
        )

    def get_results(self, request: HttpRequest) -> None:
        pass
