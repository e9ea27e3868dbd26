"""Partner organizations, and the history of their access."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from leadportal.db.guards import Guard, Moves
from leadportal.domains import readable_domain, registrable_domain
from leadportal.folding import search_text


class PartnerStatus(models.TextChoices):
    """Whether an organization's people have access to the portal."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"


PARTNER_TRANSITIONS: dict[str, tuple[str, ...]] = {
    PartnerStatus.ACTIVE: (PartnerStatus.SUSPENDED,),
    PartnerStatus.SUSPENDED: (PartnerStatus.ACTIVE,),
}


class Partner(models.Model):
    """An organization that submits leads and earns a commission for won deals.

    Its status changes only through `leadportal.partners.suspension`.
    """

    # One that was added by mistake can be deleted: whatever names a partner protects it.
    guard = Guard(
        moves=Moves(transitions=PARTNER_TRANSITIONS, history="partners.PartnerEvent"),
        deletable=True,
    )

    name = models.CharField(max_length=200)
    domain = models.CharField(
        max_length=253,
        blank=True,
        help_text="The partner's own domain, such as example.com; anything you paste is reduced to "
        "the registrable domain. Leads for this domain are refused.",
    )
    status = models.CharField(
        max_length=10, choices=PartnerStatus, default=PartnerStatus.ACTIVE, editable=False
    )
    # The number of the latest row of its history, which begins with the first suspension
    last_event = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    search_text = models.TextField(editable=False)

    class Meta:
        ordering = ("name",)
        permissions = (("suspend_partner", "Can suspend partners and lift suspensions"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=("active", "suspended")), name="partner_status_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Leads are compared with it, whose domains are reduced in the same way.
        self.domain = _reduced(self.domain)
        self.search_text = search_text(self.name, self.domain, readable_domain(self.domain))
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        try:
            self.domain = _reduced(self.domain)
        except ValidationError as error:
            raise ValidationError({"domain": error}) from error

    @property
    def is_suspended(self) -> bool:
        """Whether nobody of the organization can sign in, and nothing is paid to it."""
        return self.status == PartnerStatus.SUSPENDED


class PartnerEvent(models.Model):
    """A row of a partner's history: who suspended it or lifted the suspension, and when."""

    guard = Guard(append_only=True, history_of="partner")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    from_status = models.CharField(max_length=10, choices=PartnerStatus)
    to_status = models.CharField(max_length=10, choices=PartnerStatus)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager["PartnerEvent"]]

    class Meta:
        ordering = ("partner", "-number")
        constraints = (
            models.UniqueConstraint(fields=("partner", "number"), name="partner_event_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.get_to_status_display()}"

    @property
    def is_suspension(self) -> bool:
        """Whether the partner was suspended, rather than the suspension lifted."""
        return self.to_status == PartnerStatus.SUSPENDED


class PartnerEventText(models.Model):
    """The words of an event: `reason` for staff, `message` for the owners. Can be erased."""

    event = models.OneToOneField(PartnerEvent, on_delete=models.PROTECT, related_name="text")
    reason = models.TextField(max_length=500)
    message = models.TextField(max_length=2_000, blank=True)

    def __str__(self) -> str:
        return f"Words of event {self.event_id}"


def _reduced(domain: str) -> str:
    return registrable_domain(domain) if domain else ""
