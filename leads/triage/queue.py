"""The queue's order, which its index and the position of a lead in it follow."""

from typing import Self

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from leads.models import Lead
from leads.models.lead import BY_AGE


class Queue(ChangeList):
    """The leads ordered by their age alone, longest waiting first or last."""

    def get_ordering(
        self, request: HttpRequest, queryset: QuerySet[Lead]
    ) -> list[str | Combinable]:
        """Return a total order, which one index serves in both directions."""
        chosen = super().get_ordering(request, queryset)
        sign = "-" if str(chosen[0]).startswith("-") else ""
        return [f"{sign}submitted_at", f"{sign}pk"]

    @property
    def further(self) -> str:
        """The address of the leads after the last one that is listed, "" at the end of the leads.

        Only the last page has it.
        """
        is_last_page = self.page_num == self.paginator.num_pages
        if not (is_last_page and self.paginator.counted.is_bounded):
            return ""
        last = list(self.result_list)[-1]
        return self.get_query_string({"after": BY_AGE.cursor(BY_AGE.place_of(last))}, remove=["p"])


class FilteredLeads(Queue):
    """The leads that match a list's filters; none of them is listed or counted."""

    @classmethod
    def of(cls, model_admin: admin.ModelAdmin, request: HttpRequest) -> Self:
        """Return them for a request for the list. Raises what the list raises for a bad filter."""
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
