"""The base classes of admins whose rows are changed on action pages."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from leadportal.db.keys import number


class ActionPagesAdmin(admin.ModelAdmin):
    """An admin whose rows have action pages."""

    # The row's action pages, as (slug in the URL, ActionView, what else as_view() takes)
    action_pages: Sequence[tuple[str, Any, dict[str, Any]]] = ()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                f"<int:pk>/{slug}/",
                wrap(view.as_view(model_admin=self, **kwargs)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{slug}",
            )
            for slug, view, kwargs in self.action_pages
        ]
        return [*own, *super().get_urls()]

    def with_everything(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows with what one row's pages show of them."""
        return rows

    def viewable(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that the user may look at. Raises PermissionDenied for non-viewers."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_queryset(request)

    def found(self, request: HttpRequest, pk: int | None) -> Any:
        """Return the row, None where there is none. Raises PermissionDenied for non-viewers."""
        rows = self.with_everything(self.viewable(request))
        return None if pk is None else rows.filter(pk=pk).first()

    def address(self, page: str, *args: Any) -> str:
        """Return the address of one of the model's pages."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)

    def render(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """Return one of the model's own pages in the admin's frame, `admin/page.html`."""
        request.current_app = self.admin_site.name
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "list_address": self.address("changelist"),
            "media": self.media,
            "title": title,
            "preserved_filters": self.get_preserved_filters(request),
        }
        return TemplateResponse(request, template, {**frame, **context})

    def to_missing(self, request: HttpRequest, pk: int | str) -> HttpResponse:
        """Redirect to the list with a message that there is no such row."""
        messages.warning(request, f"There is no {self.opts.verbose_name} {str(pk)[:20]}.")
        return leave(request, self.address("changelist"))

    def address_of(self, request: HttpRequest, row: Model) -> str:
        """Return the URL of the row's page, which keeps the filters of the list it came from."""
        return self.keeping_filters(request, self.address("change", row.pk))

    def to_row(self, request: HttpRequest, row: Model) -> HttpResponse:
        """Redirect to the row's page, which keeps the filters of the list."""
        return leave(request, self.address_of(request, row))

    def to_list(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the list with its filters."""
        return leave(request, self.keeping_filters(request, self.address("changelist")))

    def keeping_filters(self, request: HttpRequest, url: str) -> str:
        """Return the URL with the filters of the list that the page came from."""
        kept: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return str(add_preserved_filters(kept, url))


class PagesAdmin(ActionPagesAdmin):
    """An admin without forms for its rows; changes happen on action pages."""

    list_per_page = 25
    list_max_show_all = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    page_template: str  # of one row

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show everything about one row. Raises PermissionDenied for a POST: nothing is saved."""
        row = self.found(request, number(unquote(object_id)))
        if row is None:
            return self.to_missing(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        context = {"original": row, **self.page_context(request, row)}
        return self.render(request, self.page_template, str(context.pop("title", row)), context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the row's page, which shows its own history."""
        return HttpResponseRedirect(self.address("change", object_id))

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what a row's page shows; `title` is its heading, else the row's name."""
        raise NotImplementedError


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect to another page, with a full page load for htmx, too."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
