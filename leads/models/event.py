"""A lead's history. Events hold codes and ids and never change; free text can be erased."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from leadportal.approvals.models import Approval
from leadportal.db.guards import Guard
from leads.models.lead import Lead
from leads.status import Reason, Status


class LeadEvent(models.Model):
    """Something that happened to a lead: who did it, when, from which status to which."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        MOVED = "moved", "Moved"
        CORRECTED = "corrected", "Corrected"

    guard = Guard(append_only=True, history_of="lead")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()  # its place in the lead's history, from 1
    kind = models.CharField(max_length=10, choices=Kind)
    from_status = models.CharField(max_length=10, choices=Status, blank=True)
    to_status = models.CharField(max_length=10, choices=Status)
    reason = models.CharField(max_length=30, choices=Reason, blank=True)
    fields = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # What a second person approved, where the decision needed one; `actor` requested it
    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager["LeadEvent"]]

    class Meta:
        ordering = ("lead", "-number")
        constraints = (
            models.UniqueConstraint(fields=("lead", "number"), name="event_number_once_per_lead"),
            models.CheckConstraint(
                condition=Q(kind="submitted", number=1, from_status="")
                | (Q(kind="moved", number__gt=1) & ~Q(from_status=F("to_status")))
                | Q(kind="corrected", number__gt=1, from_status=F("to_status")),
                name="event_kind_fits",
            ),
        )

        # Few of all: a win looks for a domain in them.
        indexes = (
            models.Index(fields=("lead",), condition=Q(kind="corrected"), name="event_corrected"),
        )

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.get_kind_display()} {self.get_to_status_display()}"


class EventText(models.Model):
    """The words of an event: `message` for the partner, `note` for staff. Can be erased.

    `changes` maps each corrected field to its old and its new value.
    """

    event = models.OneToOneField(LeadEvent, on_delete=models.PROTECT, related_name="text")
    message = models.TextField(blank=True)
    note = models.TextField(blank=True)
    changes = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Words of event {self.event_id}"


class PendingWinText(models.Model):
    """The words of a requested win: `message` for the partner, `note` for staff. Can be erased.

    A win that is approved has them in its event instead.
    """

    approval = models.OneToOneField(Approval, on_delete=models.CASCADE, related_name="win_text")
    message = models.TextField(blank=True)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Words of request {self.approval_id}"
