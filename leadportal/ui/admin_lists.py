"""The admin's lists accept only the filters and rows that they offer themselves."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst

from leadportal.folding import parts
from leadportal.lengths import LONGEST_SEARCH, excess

NUL = "\x00"


class _DeclaredFilters(ChangeList):
    """A list that accepts its declared filters only, not every lookup in an address.

    Django turns each further parameter into a lookup, such as a regular expression or a year out of
    range. Here the list is then shown without filters, with Django's own message.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = capfirst(
            str(self.opts.verbose_name_plural)
        )  # in place of “Select … to change”

    def get_filters(self, request: HttpRequest) -> Any:
        """Return what Django returns. Raises IncorrectLookupParameters for undeclared filters."""
        if any(NUL in value for values in self.filter_params.values() for value in values):
            raise IncorrectLookupParameters
        filters, has_filters, lookups, *others = super().get_filters(request)
        if lookups.keys() - set(getattr(self.model_admin, "linked_lookups", ())):
            raise IncorrectLookupParameters
        return filters, has_filters, lookups, *others


class OfferedOnly(ModelAdmin):
    """Accepts declared filters and possible rows only.

    `linked_lookups` names lookups that are not filters of the list but are used in links to it.
    """

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        own = super().get_changelist(request, **kwargs)
        return type(own.__name__, (_DeclaredFilters, own), {})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, or do the chosen action; impossible row ids are reported as an error."""
        key = self.opts.pk
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(_can_be(key, value) for value in chosen):
            messages.error(request, "Nothing was done: choose rows from the list, and try again.")
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)


class WordSearchAdmin(ModelAdmin):
    """Searches as `leadportal.folding` compares: each word in one of the `search_fields`.

    These contain what `leadportal.folding.search_text` returns.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not is_short(request, search_term):
            return queryset.none(), False
        return queryset.filter(holding(self.search_fields, search_term)), False


def holding(fields: Sequence[str], text: str) -> Q:
    """Return the condition that each word of `text` is in one of the fields."""
    words = [
        Q(*((f"{field}__contains", part) for field in fields), _connector=Q.OR)
        for part in parts(text)
    ]
    return Q(*words)


def is_short(request: HttpRequest, sought: str) -> bool:
    """Return whether a text is short enough to search for; if not, show a message."""
    too_long = excess(sought, LONGEST_SEARCH)
    if too_long:
        messages.error(request, f"This search is too long. {too_long}")
    return not too_long


def _can_be(key: Field, value: str) -> bool:
    """Return whether a row's key could be this text."""
    try:
        key.run_validators(key.to_python(value))
    except (ValidationError, ValueError, OverflowError):
        return False
    return NUL not in value
