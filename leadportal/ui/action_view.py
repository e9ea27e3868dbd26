"""The base classes of pages in the admin about one object."""

import hashlib
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from leadportal.ui.admin_pages import ActionPagesAdmin


class Conflict(Exception):
    """The action is no longer possible; the text names who did what, and when."""


def is_redrawn(request: HttpRequest) -> bool:
    """Return whether the page is only shown as typed, whichever action the request names."""
    return getattr(request, "is_redrawn", False)


class ObjectView(View):
    """A view of the admin about one object: permission and lookup.

    `View.as_view(model_admin=…)`; the URL gives `pk`.
    """

    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "options"]  # type: ignore[misc]

    model_admin: ActionPagesAdmin = None  # type: ignore[assignment] # given to as_view()
    permission = ""  # as `User.has_perm` takes it, besides the one to view the object

    object: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look the object up. Raises PermissionDenied without the permission."""
        if self.permission and not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.object = self.find(kwargs["pk"])
        if self.object is None:
            return self.model_admin.to_missing(request, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def find(self, pk: int) -> Any:
        """Return the object, None if there is none. Raises PermissionDenied for non-viewers."""
        return self.model_admin.found(self.request, pk)

    def leave_with(self, level: int, message: str, row: Model | None = None) -> HttpResponse:
        """Return to the object's page with a message."""
        messages.add_message(self.request, level, message)
        return self.model_admin.to_row(self.request, row or self.object)


class ActionView(ObjectView):
    """One action on one object: permission, lookup, conflict, live preview, submit and return.

    GET shows the page. A POST shows it again with what was typed, unless its `do` names the action:
    then it is performed if everything is valid. A request by htmx gets only the preview, so that
    nothing is replaced while it is being typed.

    A subclass declares the attributes and implements `prepare`, `perform` and `get_title`; the
    others have defaults. Its template extends `admin/action.html`.
    """

    verb = ""  # on the button
    action = "post"  # the value of `do` that performs the action
    is_danger = False
    template_name = ""
    preview_template_name = ""
    object_name = ""  # in the link back, such as "lead"
    refusals: tuple[type[Exception], ...] = ()  # errors of `perform` that are shown in the form
    repeats: tuple[
        type[Exception], ...
    ] = ()  # errors that mean it was done already, by a first click
    draws_typed = ("do", "redraw")  # posted, it shows the page as typed (leadportal.interrupted)

    # Whether a page that can no longer be submitted is shown again with what was typed
    keeps_typed = True

    # Whether the page is shown again because it showed another computation
    is_new_computation = False

    form: Any  # takes the refusals

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.conflict = self.get_conflict()
        if self.conflict:
            return self.leave_with(messages.WARNING, self.conflict)
        self.prepare()
        return self.show()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.conflict = self.get_conflict()
        is_submitted = self.is_submitted() and not is_redrawn(request)
        if is_submitted and self.conflict and not self.keeps_typed:
            return self.leave_with(messages.WARNING, self.conflict)
        self.prepare()
        if is_submitted and not self.conflict and self.is_valid() and self.is_as_shown():
            try:
                done = self.perform()
            except self.repeats as repeat:
                return self.leave_with(messages.WARNING, str(repeat))
            except Conflict as conflict:
                self.conflict = str(conflict)
            except self.refusals as refusal:
                self.form.add_error(None, str(refusal))
            else:
                return self.succeed(done)
        return self.show()

    def is_submitted(self) -> bool:
        """Return whether the action's own button was pressed."""
        return self.request.POST.get("do") == self.action

    def get_conflict(self) -> str:
        """Return why the action is not possible now, "" if it is."""
        return ""

    def prepare(self) -> None:
        """Set `form` and what else the page shows, from the object and what was posted."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        """Return whether the action can be performed as typed."""
        return bool(self.form.is_valid())

    def get_computation(self) -> str:
        """Return what was computed from the input and the database, "" if nothing was.

        Only what was shown is performed: if the computation has changed since, because a price has
        changed or the page works without JavaScript, the page is shown again to be confirmed.
        """
        return ""

    def is_as_shown(self) -> bool:
        """Return whether the posted page showed this computation, and record it if not."""
        self.is_new_computation = self.request.POST.get("shown", "") != self.shown
        return not self.is_new_computation

    @property
    def shown(self) -> str:
        """The digest of the computation, which the preview carries in a hidden field."""
        computation = self.get_computation()
        return hashlib.sha256(computation.encode()).hexdigest() if computation else ""

    def perform(self) -> Any:
        """Perform the action and return what `succeed` takes. Raises Conflict or a refusal."""
        raise NotImplementedError

    def get_title(self) -> str:
        """Return the heading of the page."""
        raise NotImplementedError

    def get_context(self) -> dict[str, Any]:
        """Return the template's context, besides the view's own attributes."""
        return {}

    def succeed(self, done: Any) -> HttpResponse:
        """Show a message that it was done, and return to the object's page."""
        return self.leave_with(messages.SUCCESS, done)

    def row_url(self) -> str:
        """Return the target of the link back."""
        return self.model_admin.address_of(self.request, self.object)

    def show(self) -> HttpResponse:
        """Render the page, or for htmx its preview; status 409 if there is a conflict."""
        row_url = self.row_url()
        context = {
            "view": self,
            "object": self.object,
            "form": self.form,
            "conflict": self.conflict,
            "row_url": row_url,
            **self.get_context(),
        }
        forms = context.get("forms") or [self.form]
        context["errors"] = any(form.is_bound and not form.is_valid() for form in forms)
        if self.preview_template_name and "HX-Request" in self.request.headers:
            return render(self.request, self.preview_template_name, context)
        response = self.model_admin.render(
            self.request, self.template_name, self.get_title(), context
        )
        if self.conflict:
            response.status_code = 409
        return response
