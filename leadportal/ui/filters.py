"""Filters that several of the admin's lists share."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest


class ListedFilter(admin.SimpleListFilter):
    """Offers its own choices alone, without Django's “All”."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": value == self.value(),
                "query_string": changelist.get_query_string({str(self.parameter_name): value}),
                "display": label,
            }


class OpeningStatusFilter(ListedFilter):
    """Opens the list on one status; a search shows every status unless one is chosen."""

    title = "status"
    parameter_name = "status"
    ALL = "all"

    statuses: type[TextChoices]
    opens_on: TextChoices
    # The parameters that, where they hold a value, look in every status
    looks_everywhere: tuple[str, ...] = (SEARCH_VAR,)

    @classmethod
    def chosen(cls, request: HttpRequest) -> str:
        """Return the status whose rows the list shows, ALL for every status."""
        chosen = request.GET.get(cls.parameter_name, "")
        if chosen in cls.statuses.values or chosen == cls.ALL:
            return chosen
        searches = any(request.GET.get(name, "").strip() for name in cls.looks_everywhere)
        return cls.ALL if searches else cls.opens_on

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.status = self.chosen(request)
        return [*self.statuses.choices, (self.ALL, "All")]

    def value(self) -> str:
        return self.status

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value == self.ALL else queryset.filter(status=value)
