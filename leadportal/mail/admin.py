"""The outbox in the admin: what was sent to whom, what waits and why, but never the text.

Each member of staff sees the emails about what they may see, as a subject may have an amount. An
email's text may have a link that signs somebody in, or sets a password.
"""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator

from leadportal.domains import readable_email
from leadportal.mail.models import OutgoingMail, OutgoingMailQuerySet
from leadportal.ui.admin_lists import WordSearchAdmin
from leadportal.ui.columns import kind


@admin.register(OutgoingMail)
class OutgoingMailAdmin(WordSearchAdmin):
    """Read only; what failed can be sent again."""

    list_display = (
        "subject",
        "recipients",
        "state",
        "attempts",
        "error",
        "queued_at",
        "next_attempt",
        "sent_at",
    )
    list_filter = ("state",)
    search_fields = ("search_text",)
    search_help_text = "Subject or address"
    show_full_result_count = False
    actions = ("send_again",)
    fields = (
        "state",
        "recipients",
        "from_email",
        "subject",
        "message_id",
        "attempts",
        "last_error",
        "queued_at",
        "next_attempt",
        "sent_at",
    )
    readonly_fields = ("recipients", "next_attempt")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        mails: OutgoingMailQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return mails.visible_to(request.user).defer("text", "html", "headers", "search_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whether this user may send failed emails again."""
        return request.user.has_perm("mail.resend_outgoingmail")

    @kind("wide")
    @admin.display(description="to", ordering="to")
    def recipients(self, mail: OutgoingMail) -> str:
        return ", ".join(map(readable_email, [*mail.to, *mail.cc, *mail.bcc]))

    @kind("wide")
    @admin.display(description="last error", ordering="last_error")
    def error(self, mail: OutgoingMail) -> str:
        return Truncator(mail.last_error).chars(80)

    @admin.display(description="next attempt", ordering="next_attempt_at")
    def next_attempt(self, mail: OutgoingMail) -> object:
        return mail.next_attempt_at if mail.state == OutgoingMail.State.QUEUED else "–"

    @admin.action(description="Send failed emails again", permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Queue those of the chosen emails that have failed."""
        chosen = queryset.count()
        queued = OutgoingMail.objects.filter(pk__in=queryset.values("pk")).resend(timezone.now())
        self.message_user(request, f"{queued} of {chosen} emails queued again.", messages.SUCCESS)
        if queued < chosen:
            self.message_user(request, "Only failed emails can be sent again.", messages.WARNING)
