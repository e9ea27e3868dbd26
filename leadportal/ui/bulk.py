"""The base classes of what the admin does to many rows at once, and of the lists that offer it."""

from collections.abc import Container, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Count, Max, Model, Q, QuerySet
from django.db.models.expressions import BaseExpression
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views import View

from leadportal.db.keys import number
from leadportal.db.paging import Keyset, Place
from leadportal.ui.action_view import is_redrawn
from leadportal.ui.admin_pages import PagesAdmin, leave
from leadportal.ui.bulk_progress import Outcome, Progress

CHOSEN, SELECTED, UP_TO = "chosen", "selected", "up_to"  # in the address

STEP = 1_000  # rows by one request: one transaction, one email each
NAMED = 25  # rows by name on the page between


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen rows, and the query parameters that choose the same rows again."""

    rows: QuerySet[Any]
    chosen_by: list[tuple[str, object]]
    is_across: bool = False  # whether they are all rows of a filter, not rows by id


class BulkView(View):
    """An action on many rows: the page between, preview, confirmation, steps and report.

    The address says which rows: `?selected=1,2` are those checked in a list; `?up_to=9` all that
    match its filters, up to the newest one at the time of choosing, so that nobody acts on a row
    that was added since; `?chosen=1,2` are those that another page names. So the page between can
    be opened again, also with Back. It lists the first rows, and what is left out. A POST shows it
    again with what was typed, unless its `do` names the action: then the action is performed on the
    next `step` rows, in one transaction, and the page of each step continues until the report. A
    request by htmx gets only the preview, so that nothing is replaced while it is being typed.

    A subclass declares the attributes and implements `open_rows`, `why_not`, `get_form` and
    `perform`; the others have defaults. Its templates extend `admin/bulk.html` and
    `admin/bulk_report.html`.
    """

    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "options"]  # type: ignore[misc]

    model_admin: "BulkAdmin" = None  # type: ignore[assignment] # given to as_view()
    permission = ""  # as `User.has_perm` takes it, besides the one to view the rows
    choosing: tuple[str, ...] = (CHOSEN, SELECTED, UP_TO)  # what may name the rows
    order: Keyset  # the oldest row has the first turn
    slug = ""  # in the name of the list's action
    action = "post"  # the value of `do` that performs the action
    verb = ""  # on the button
    done = ""  # in "2 of 3 leads moved"
    result = ""  # in "2 are now Approved"
    is_danger = False
    is_final = False
    step = STEP
    too_many = ""  # why more rows than a step takes are refused; "" where steps follow each other
    refusals: tuple[type[Exception], ...] = ()  # errors of `perform` that are shown in the form
    template_name = "admin/bulk.html"
    preview_template_name = ""
    report_template_name = "admin/bulk_report.html"
    draws_typed = ("do", "redraw")  # posted, it shows the page as typed (leadportal.interrupted)

    form: forms.Form
    conflict = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Find the rows. Raises PermissionDenied without the permission."""
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.selection = self.get_selection()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest) -> HttpResponse:
        self.form = self.get_form()
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        self.form = self.get_form()
        is_submitted = request.POST.get("do") == self.action and not is_redrawn(request)
        if is_submitted and self.form.is_valid():
            return self.advance()
        return self.show()

    # What a subclass implements

    def open_rows(self) -> Q:
        """Return the condition of the rows that the action can be performed on."""
        raise NotImplementedError

    def why_not(self, rows: list[Any]) -> list[str]:
        """Return for each of `rows`, on which the action cannot be performed, the reason."""
        raise NotImplementedError

    def get_form(self) -> forms.Form:
        """Return the form, bound if `is_typed`."""
        raise NotImplementedError

    def perform(self, rows: QuerySet[Any]) -> list[Outcome]:
        """Perform the action on `rows` in one transaction and return the outcome of each."""
        raise NotImplementedError

    def with_everything(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows with the related rows that the pages show."""
        return rows

    def get_totals(self) -> dict[str, BaseExpression]:
        """Return what else to count over the chosen rows: aggregates by name, for `totals`."""
        return {}

    def get_context(self) -> dict[str, Any]:
        """Return what the page between and its preview show besides the view's own attributes."""
        return {}

    def get_report_context(self) -> dict[str, Any]:
        """Return what the report shows besides the view's own attributes."""
        return {}

    def get_title(self) -> str:
        """Return the heading of the page between and of the steps."""
        return f"{self.verb} {self.counted_open}"

    def get_button(self) -> str:
        """Return the words on the button that performs the action."""
        return self.get_title()

    def get_success(self, progress: Progress) -> str:
        """Return the message when every row was done."""
        are = "is" if progress.done == 1 else "are"
        return f"{self.counted(progress.done)} {are} {self.result}."

    def succeed(self, progress: Progress) -> HttpResponse:
        """Show that message, and return to where the rows were chosen."""
        return self.leave_with(messages.SUCCESS, self.get_success(progress))

    # The rows

    def get_selection(self) -> Selection:
        """Return the rows that the address names, or what a form without one has posted."""
        if UP_TO in self.given:
            up_to = number(self.given.get(UP_TO, "")) or 0
            rows = self.model_admin.listed(self.request).filter(pk__lte=up_to)
            return Selection(rows, [(UP_TO, up_to)], is_across=True)
        name = SELECTED if SELECTED in self.given else CHOSEN
        return self.by_ids(name, _numbers(self.given.get(name, "").split(",")))

    @property
    def given(self) -> QueryDict:
        """The query parameters that say which rows are chosen."""
        is_in_address = any(name in self.request.GET for name in self.choosing)
        return self.request.GET if is_in_address else self.request.POST

    def by_ids(self, name: str, ids: list[int]) -> Selection:
        """Return the selection of exactly these rows, whatever their current state."""
        rows = self.model_admin.viewable(self.request).filter(pk__in=ids)
        return Selection(rows, [(name, ",".join(map(str, ids)))])

    @cached_property
    def totals(self) -> dict[str, Any]:
        """How many rows were chosen, how many are open, the newest one's id, and `get_totals`.

        Exact counts, because people must know what they are about to do.
        """
        return self.selection.rows.order_by().aggregate(
            total=Count("pk"),
            open=Count("pk", filter=self.open_condition),
            newest=Max("pk"),
            **self.get_totals(),
        )

    @cached_property
    def open_condition(self) -> Q:
        """The condition of the rows that the action can be performed on."""
        return self.open_rows()

    @property
    def chosen(self) -> QuerySet[Any]:
        """The chosen rows, the oldest first, with what the pages show of them."""
        return self.order.oldest_first(self.with_everything(self.selection.rows))

    @cached_property
    def named(self) -> list[Any]:
        """The first of the rows that the action can be performed on."""
        return list(self.chosen.filter(self.open_condition)[:NAMED])

    @cached_property
    def left_out(self) -> list[tuple[Any, str]]:
        """The first of the others, each with the reason."""
        if self.totals["open"] == self.totals["total"]:
            return []
        rows = list(self.chosen.exclude(self.open_condition)[:NAMED])
        return list(zip(rows, self.why_not(rows), strict=True))

    @property
    def example(self) -> Any:
        """The row whose email the preview shows, None if nothing is chosen any more."""
        if self.named:
            return self.named[0]
        return self.left_out[0][0] if self.left_out else None

    @property
    def is_typed(self) -> bool:
        """Whether the page between was shown before, so that its form may have input."""
        return "do" in self.request.POST

    @property
    def counted_open(self) -> str:
        """How many rows the action can be performed on, in words."""
        return self.counted(self.totals["open"])

    def counted(self, count: int) -> str:
        """Return so many rows in words: `1 lead`, `2,000 leads`."""
        names = self.model_admin.opts
        return f"{count:,} {names.verbose_name if count == 1 else names.verbose_name_plural}"

    # The pages

    def get_conflict(self) -> str:
        """Return why the action can be performed on none of the rows, "" if it can."""
        names = self.model_admin.opts
        if self.totals["total"] > self.step and self.too_many:
            return self.too_many
        if self.totals["open"]:
            return ""
        if not self.totals["total"]:
            if self.selection.is_across:
                return f"No {names.verbose_name} is left in the filtered list."
            return f"Choose at least one {names.verbose_name}."
        [(_, first), *others] = self.left_out
        return (
            f"None of these {names.verbose_name_plural} can be {self.done}. {first}"
            if others
            else first
        )

    def show(self) -> HttpResponse:
        """Render the page between, or for htmx its preview; status 409 if there is a conflict.

        If nothing was typed yet, a conflict returns to the list at once.
        """
        self.conflict = self.get_conflict()
        if self.conflict and not Progress.of(self.request.POST, self.order).seen:
            return self.leave_with(messages.WARNING, self.conflict)
        context = {**self._frame(), **self.get_context()}
        if "HX-Request" in self.request.headers:
            return render(self.request, self.preview_template_name, context)
        total = self.totals["total"]
        context |= {
            "unnamed": self.totals["open"] - len(self.named),
            "left_out_count": total - self.totals["open"],
            "is_in_steps": total > self.step,
            "carried": Progress(seen=total).carried(self.order),
        }
        response = self.render(self.template_name, self.get_title(), context)
        if self.conflict:
            response.status_code = 409
        return response

    def advance(self) -> HttpResponse:
        """Perform the action on the next rows; show the progress, or the report at the end."""
        before = Progress.of(self.request.POST, self.order)
        ids, has_more = self._next_ids(before.after)
        if (has_more and self.too_many) or not (ids or before.seen):
            return self.show()  # which says so
        try:
            outcomes = self.perform(self.model_admin.model._default_manager.filter(pk__in=ids))
        except self.refusals as refusal:
            if not self.form.fields:  # nothing was typed that could be lost
                return self.leave_with(messages.ERROR, str(refusal))
            self.form.add_error(None, str(refusal))
            return self.show()
        progress = before.further(outcomes, self.order)
        if has_more:
            return self._show_step(progress)
        if not progress.refused and not progress.left:
            return self.succeed(progress)
        if self.is_of_one and progress.total == 1 and progress.refused:
            problem = progress.problems[0][1]
            return self.leave_with(messages.ERROR, f"{problem} Nothing was changed.")
        return self._report(progress, [] if before.turns else outcomes)

    def _next_ids(self, after: Place | None) -> tuple[list[int], bool]:
        rows = self.selection.rows
        if after is not None:
            rows = self.order.newer(rows, after)
        ids = list(self.order.oldest_first(rows).values_list("pk", flat=True)[: self.step + 1])
        return ids[: self.step], len(ids) > self.step

    def _show_step(self, progress: Progress) -> HttpResponse:
        typed = [(name, self.form.cleaned_data[name]) for name in self.form.fields]
        carried = [*progress.carried(self.order), *typed, ("do", self.action)]
        title = f"{self.verb} {self.counted(progress.seen)}"
        context = {"progress": progress, "carried": carried}
        return self.render("admin/bulk_step.html", title, context)

    def _report(self, progress: Progress, outcomes: list[Outcome]) -> HttpResponse:
        """Say row by row what became of the rows; after several steps, of those not done."""
        reasons = dict(progress.problems)
        viewable = self.with_everything(self.model_admin.viewable(self.request))
        refused = self.order.oldest_first(viewable.filter(pk__in=reasons))
        context = {
            "progress": progress,
            "rows": [outcome.row for outcome in outcomes if not outcome.problem],
            "problems": [(row, reasons[row.pk]) for row in refused],
            "said": self.get_success(progress),
            **self.get_report_context(),
        }
        title = f"{progress.done:,} of {self.counted(progress.total)} {self.done}"
        response = self.render(self.report_template_name, title, context)
        # In place of the page, where the steps before replaced only what they have changed.
        response["HX-Retarget"] = response["HX-Reselect"] = "#content"
        return response

    def render(self, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        """Return one of the action's pages in the admin's frame."""
        return self.model_admin.render(self.request, template, title, {**self._frame(), **context})

    def _frame(self) -> dict[str, Any]:
        return {
            "view": self,
            "form": self.form,
            "errors": self.form.errors,
            "conflict": self.conflict,
        }

    # Where to

    @property
    def is_of_one(self) -> bool:
        """Whether the address names a single row, from whose page the user came."""
        ids = dict(self.selection.chosen_by).get(CHOSEN)
        return ids is not None and "," not in str(ids)

    @property
    def here(self) -> str:
        """The address that the form is sent to: of the same rows, with the list's filters."""
        query = urlencode(self.selection.chosen_by)
        return self.model_admin.keeping_filters(self.request, f"{self.request.path}?{query}")

    @property
    def list_url(self) -> str:
        """The address of the filtered list."""
        changelist = self.model_admin.address("changelist")
        return self.model_admin.keeping_filters(self.request, changelist)

    def leave_with(self, level: int, message: str) -> HttpResponse:
        """Return with a message to the list, or to the page of the single row."""
        messages.add_message(self.request, level, message)
        row: Model | None = self.selection.rows.first() if self.is_of_one else None
        if row is not None:
            return self.model_admin.to_row(self.request, row)
        return leave(self.request, self.list_url)


class ListAction:
    """An action of a list that opens a BulkView, as `ModelAdmin.actions` takes it.

    `permission` is one that the admin knows as `has_…_permission`. `statuses` are those of the rows
    that the action can be performed on; a list of other rows does not offer it.
    """

    def __init__(
        self,
        view: type[BulkView],
        description: str,
        permission: str,
        statuses: Container[str],
        **kwargs: Any,
    ) -> None:
        self.view = view
        self.kwargs = kwargs
        self.statuses = statuses
        self.short_description = description
        self.allowed_permissions = [permission]
        self.slug = view(**kwargs).slug
        self.__name__ = f"{self.slug}_selected"

    def __call__(
        self, model_admin: "BulkAdmin", request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse:
        """Redirect to the page between, which names the rows in its address."""
        if request.POST.get("select_across") == "1":
            newest = queryset.order_by().aggregate(newest=Max("pk"))["newest"]
            chosen = {UP_TO: str(newest or 0)}
        else:
            ids = _numbers(request.POST.getlist(ACTION_CHECKBOX_NAME))
            chosen = {SELECTED: ",".join(map(str, ids))}
        filters = request.GET.copy()
        filters.pop(PAGE_VAR, None)  # a later page of the list may be gone
        if filters:
            chosen["_changelist_filters"] = filters.urlencode()
        return HttpResponseRedirect(f"{model_admin.address(self.slug)}?{urlencode(chosen)}")


class BulkAdmin(PagesAdmin):
    """A list whose actions are ListActions, offered where the filtered status allows them."""

    actions: Sequence[ListAction]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                f"{action.slug}/",
                wrap(action.view.as_view(model_admin=self, **action.kwargs)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{action.slug}",
            )
            for action in self.actions
        ]
        return [*own, *super().get_urls()]

    def listed(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of the list whose filters the address keeps, none of a bad filter."""
        kept = QueryDict(self.get_preserved_filters(request)).get("_changelist_filters", "")
        listed = copy(request)
        listed.method = "POST"  # as where an action is chosen: nothing is shown
        listed.GET = QueryDict(kept)
        try:
            return self.get_changelist_instance(listed).get_queryset(listed)
        except (IncorrectLookupParameters, SuspiciousOperation):
            return self.viewable(request).none()

    def listed_status(self, request: HttpRequest) -> str:
        """Return the status that the list is filtered for, "" where it shows every status."""
        raise NotImplementedError

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        status = self.listed_status(request)
        # A POST is answered by the action's own page, which says why it is not possible.
        if request.method == "POST" or not status:
            return actions
        return {name: action for name, action in actions.items() if status in action[0].statuses}


def _numbers(words: list[str]) -> list[int]:
    # More than one step holds are never ticked, and a database takes only so many parameters.
    return [pk for word in words[:STEP] if (pk := number(word)) is not None]
