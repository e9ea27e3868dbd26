"""The outbox: emails queued with the change they report, and their delivery."""

from datetime import datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from typing import Any, ClassVar, Final, Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from leadportal.db.guards import Guard, Moves
from leadportal.db.leases import Leased, LeasedQuerySet, storable
from leadportal.mail.failures import describe, is_permanent

# After this time a worker counts as dead. Longer than any conversation with a mail server that
# answers each of a dozen steps within MAIL_TIMEOUT.
LEASE: Final = timedelta(minutes=5)
# 1, 2, 4, … minutes, then every 6 hours: the twelfth attempt is 20 hours after the first.
MAX_ATTEMPTS: Final = 12
FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=6)
# How long all emails wait when the server cannot be reached.
PAUSE: Final = timedelta(minutes=1)
DELETED_AT_ONCE: Final = 1_000


def delay_after(attempts: int) -> timedelta:
    """Return how long an email waits after its `attempts`-th attempt (from 1) was refused."""
    doubled: int = 2 ** (attempts - 1)
    return min(FIRST_DELAY * doubled, LONGEST_DELAY)


class _Message(EmailMultiAlternatives):
    """An email whose subject arrives unchanged, whatever it contains, and begins on its line."""

    def message(self, **options: Any) -> Any:
        built = super().message(**options)
        if "=?" in self.subject or not self.subject.isascii():
            # Unencoded, the first would be mistaken for encoded text and decoded. The second
            # Django encodes without regard to the header's name, which then has a line alone.
            encoded = Header(str(self.subject), "utf-8", header_name="Subject").encode()
            built.replace_header("Subject", encoded)
        return built


class OutgoingMailQuerySet(LeasedQuerySet):
    """Queries of the worker and the admin."""

    def visible_to(self, user: "AbstractBaseUser | AnonymousUser") -> "OutgoingMailQuerySet":
        """Return the emails about what this member of staff may see; administrators see all."""
        if getattr(user, "is_superuser", False):
            return self.all()
        permissions = user.get_all_permissions()  # type: ignore[union-attr]
        return self.filter(shown_with__in=sorted(permissions))

    def waiting(self) -> Self:
        """Return what is still to be sent."""
        return self.filter(state=OutgoingMail.State.QUEUED)

    def postpone(self, now: datetime, error: Exception) -> int:
        """Delay all due emails by PAUSE; `error` is the server's. Return the count."""
        with transaction.atomic():
            free = self.due(now).order_by().select_for_update(skip_locked=True).values("pk")
            return self.filter(pk__in=free).update(
                next_attempt_at=now + PAUSE, last_error=storable(describe(error))
            )

    def resend(self, now: datetime) -> int:
        """Queue failed emails again, with all attempts; return the count."""
        return self.filter(state=OutgoingMail.State.FAILED).update(
            state=OutgoingMail.State.QUEUED, attempts=0, next_attempt_at=now
        )

    def delete_finished(self, before: datetime) -> int:
        """Delete some finished emails queued before that moment; return how many, 0 at the end."""
        finished = self.filter(queued_at__lt=before).exclude(state=OutgoingMail.State.QUEUED)
        keys = list(finished.order_by("pk").values_list("pk", flat=True)[:DELETED_AT_ONCE])
        return self.filter(pk__in=keys).delete()[0]


class OutgoingMail(Leased):
    """An email: queued, then sent or, after a final refusal or too many attempts, failed."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    # What was sent is never sent again.
    guard = Guard(
        moves=Moves(
            field="state", transitions={"queued": ("sent", "failed"), "failed": ("queued",)}
        ),
        deletable=True,
    )

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list, blank=True)
    bcc = models.JSONField(default=list, blank=True)
    reply_to = models.JSONField(default=list, blank=True)
    from_email = models.TextField("from")
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.TextField("Message-ID")
    shown_with = models.CharField(
        max_length=100,
        blank=True,
        help_text="The permission to see what the mail is about, and so its subject. Without one "
        "only administrators see it.",
    )
    queued_at = models.DateTimeField(default=timezone.now)
    search_text = models.TextField(blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OutgoingMailQuerySet] = OutgoingMailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-pk",)
        verbose_name = "outgoing email"
        verbose_name_plural = "outgoing emails"
        permissions = (("resend_outgoingmail", "Can send failed emails again"),)
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"), condition=Q(state="queued"), name="mail_due"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | Q(state__in=("queued", "failed"), sent_at=None),
                name="mail_sent_has_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} ({self.get_state_display()})"

    def message(self) -> EmailMultiAlternatives:
        """Return the message to send: every attempt has the same Message-ID and date."""
        message = _Message(
            self.subject,
            self.text,
            self.from_email,
            self.to,
            bcc=self.bcc,
            cc=self.cc,
            reply_to=self.reply_to,
            headers={
                "Date": format_datetime(self.queued_at),
                "Auto-Submitted": "auto-generated",
                **self.headers,
                "Message-ID": self.message_id,
            },
        )
        if self.html:
            message.attach_alternative(self.html, "text/html")
        return message

    def mark_sent(self, now: datetime) -> bool:
        """Record that the server accepted the email. False if another worker has taken it over."""
        return self.update_claimed(state=self.State.SENT, sent_at=now, last_error="")

    def mark_refused(self, now: datetime, error: Exception) -> bool:
        """Record a failed attempt: retry later, or give up. Returns like `mark_sent`."""
        if is_permanent(error) or self.attempts >= MAX_ATTEMPTS:
            return self.update_claimed(state=self.State.FAILED, last_error=describe(error))
        later = now + delay_after(self.attempts)
        return self.update_claimed(next_attempt_at=later, last_error=describe(error))
