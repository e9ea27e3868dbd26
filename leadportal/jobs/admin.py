"""The scheduled jobs in the admin: when each ran last, for how long, and what went wrong."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadportal.jobs import registry
from leadportal.jobs.models import ScheduledJob
from leadportal.ui.columns import kind
from leadportal.ui.formats import date_and_time, day, status


@admin.register(ScheduledJob)
class ScheduledJobAdmin(admin.ModelAdmin):
    """Read-only, except for running a job before its time."""

    list_display = ("job", "state", "last_run", "took", "outcome", "next_run")
    list_display_links = None
    show_full_result_count = False
    actions = ("run_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledJob]:
        return super().get_queryset(request).waiting()  # type: ignore[attr-defined, no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ScheduledJob | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ScheduledJob | None = None) -> bool:
        return False

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whether this user may run jobs before their time."""
        return request.user.has_perm("jobs.run_scheduledjob")

    @kind("wide")
    @admin.display(description="Job")
    def job(self, row: ScheduledJob) -> SafeString:
        found = registry.find(row.name)
        return format_html(
            '<strong>{}</strong> <span class="quiet second-line">{}</span>',
            row,
            found.schedule if found else "",
        )

    @admin.display(description="Status")
    def state(self, row: ScheduledJob) -> SafeString:
        if row.is_running:
            return status("active", "Running")
        if row.failures:
            return status("refused", "Failed")
        return status("done", "Succeeded") if row.succeeded_at else status("waiting", "Not run yet")

    @kind("nowrap")
    @admin.display(description="Last run", empty_value="–")
    def last_run(self, row: ScheduledJob) -> SafeString | None:
        return day(row.started_at) if row.started_at else None

    @kind("number")
    @admin.display(description="Took", empty_value="–")
    def took(self, row: ScheduledJob) -> str | None:
        return None if row.duration is None else f"{row.duration.total_seconds():,.1f} s"

    @kind("wide")
    @admin.display(description="Result", empty_value="–")
    def outcome(self, row: ScheduledJob) -> str:
        if row.failures:
            times = f", {row.failures} times in a row" if row.failures > 1 else ""
            return f"{row.last_error}{times}"
        return row.result

    @kind("nowrap")
    @admin.display(description="Next run")
    def next_run(self, row: ScheduledJob) -> str:
        return date_and_time(row.next_attempt_at)

    @admin.action(description="Run now", permissions=["run"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Let the next free worker run the chosen jobs; running ones are skipped."""
        rows = [row for row in queryset if not row.is_running]
        now = timezone.now()
        queryset.filter(pk__in=[row.pk for row in rows]).update(due_at=now, next_attempt_at=now)
        names = ", ".join(map(str, rows)) or "None"
        self.message_user(request, f"Runs within a second: {names}.", messages.SUCCESS)
