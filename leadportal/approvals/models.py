"""Requests that wait for a second person. Written only through `leadportal.approvals.decisions`."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from leadportal.approvals import kinds
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard, Moves
from leadportal.partners.models import User


class State(models.TextChoices):
    """The state of a request."""

    PENDING = "pending", "Awaiting approval"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    CANCELED = "canceled", "Canceled"


# The color and shape of each state's badge
TONES: dict[str, str] = {
    State.PENDING: "waiting",
    State.APPROVED: "done",
    State.DECLINED: "refused",
    State.CANCELED: "closed",
}


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Requests, by who may see and decide them."""

    def visible_to(self, user: User | AnonymousUser) -> "ApprovalQuerySet":
        """Return what the user requested or has the permission to decide; none for partners."""
        if not user.is_authenticated or not user.is_staff:
            return self.none()
        return self.filter(Q(kind__in=_permitted(user)) | Q(requested_by=user))

    def awaiting(self) -> "ApprovalQuerySet":
        """Return what nobody has decided yet."""
        return self.filter(state=State.PENDING)

    def for_decision_by(self, user: User) -> "ApprovalQuerySet":
        """Return what awaits the user's decision: never the user's own requests."""
        return self.awaiting().filter(kind__in=_permitted(user)).exclude(requested_by=user)


class Approval(models.Model):
    """A request by one person for something that a second one must approve."""

    # A decision is final, and a request never changes.
    guard = Guard(
        frozen=(
            *("kind", "subject", "label", "link", "summary", "reason", "amount", "data"),
            *("requested_by", "requested_at"),
        ),
        changes_in={State.PENDING: ("decided_by", "decided_at", "message")},
        moves=Moves(
            field="state",
            transitions={
                State.PENDING: (State.APPROVED, State.DECLINED, State.CANCELED),
                State.APPROVED: (),
                State.DECLINED: (),
                State.CANCELED: (),
            },
        ),
    )

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=100, help_text="The reference of what it is about.")
    label = models.CharField(max_length=200, help_text="Names what it is about, for people.")
    link = models.CharField(max_length=300, blank=True, help_text="The page of what it is about.")
    summary = models.CharField(max_length=500, help_text="What happens on approval.")
    reason = models.CharField(max_length=500)
    amount = MoneyField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True, help_text="What the kind needs to do it.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)

    objects: ClassVar[ApprovalQuerySet] = ApprovalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "approval request"
        ordering = ("requested_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject"),
                condition=Q(state="pending"),
                name="approval_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by=None, decided_at=None, message="")
                | (
                    Q(state__in=("approved", "declined", "canceled"))
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="approval_decided_is_documented",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "declined")) | ~Q(decided_by=F("requested_by")),
                name="approval_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(subject="") & ~Q(reason=""), name="approval_is_complete"
            ),
        )
        indexes = (
            models.Index(fields=("state", "requested_at", "id"), name="approval_queue"),
            models.Index(fields=("subject",), name="approval_subject"),
        )

    def __str__(self) -> str:
        return f"{self.kind_label}: {self.label}"

    @property
    def tone(self) -> str:
        """The color and shape of the state's badge."""
        return TONES[self.state]

    @property
    def kind_label(self) -> str:
        """The kind's label, or its slug if no installed package registers it."""
        kind = kinds.find(self.kind)
        return kind.label if kind else self.kind

    @property
    def is_pending(self) -> bool:
        """Whether it still awaits a decision."""
        return self.state == State.PENDING

    @property
    def address(self) -> str:
        """The address of its page in the admin."""
        return reverse("admin:approvals_approval_change", args=[self.pk])

    def can_be_seen_by(self, user: User) -> bool:
        """Return whether the user requested it or has the permission to decide it."""
        kind = kinds.find(self.kind)
        return user.pk == self.requested_by_id or (
            kind is not None and user.has_perm(kind.permission)
        )

    def can_be_decided_by(self, user: User) -> bool:
        """Return whether the user is a second person who may approve or decline it now."""
        kind = kinds.find(self.kind)
        return (
            self.is_pending
            and kind is not None
            and user.pk != self.requested_by_id
            and user.has_perm(kind.permission)
        )

    def can_be_canceled_by(self, user: User) -> bool:
        """Return whether the user requested it and nobody has decided it yet."""
        return self.is_pending and user.pk == self.requested_by_id


def _permitted(user: User) -> list[str]:
    return [kind.slug for kind in kinds.registered() if user.has_perm(kind.permission)]
