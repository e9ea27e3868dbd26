"""The base class of the admin's own pages about one row: GET shows the page, POST does it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import View

from leadportal.admin_pages import PagesAdmin
from leadportal.partners.models import User


class RowPage(View):
    """A page about one row, for `path(…, wrap(Page.as_view(model_admin=self)))`.

    A subclass sets `template_name`, `title` and `context`, and defines `post`; `is_allowed` is
    asked before anything is read.
    """

    model_admin: PagesAdmin = None  # type: ignore[assignment] # given to `as_view`
    template_name = ""
    row: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the row and go on. Raises PermissionDenied; leads to the list without a row."""
        if not self.is_allowed():
            raise PermissionDenied
        pk = kwargs["pk"]
        self.row = self.model_admin.found(request, pk)
        if self.row is None:
            return self.model_admin.to_missing(request, pk)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.show()

    @property
    def actor(self) -> User:
        """Who asks."""
        return self.model_admin.actor(self.request)

    def is_allowed(self) -> bool:
        """Return whether the user may open the page at all."""
        return True

    def title(self) -> str:
        """Return the page's heading."""
        return str(self.row)

    def context(self) -> dict[str, Any]:
        """Return what the template shows beside the frame."""
        return {}

    def show(self, **more: Any) -> HttpResponse:
        """Return the page, with `more` in its context, such as a form with errors."""
        context = {"original": self.row, **self.context(), **more}
        return self.model_admin.render(self.request, self.template_name, self.title(), context)

    def leave(self) -> HttpResponse:
        """Lead to the row's own page."""
        return self.model_admin.to_row(self.request, self.row)
