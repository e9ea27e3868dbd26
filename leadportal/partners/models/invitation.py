"""An invitation to join an organization: an emailed link that works once, within a week."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from leadportal.domains import readable_email
from leadportal.partners.models.partner import Partner
from leadportal.partners.models.user import User

# How long the emailed link works
LIFETIME: Final = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Sets of invitations, by what the screens ask."""

    def visible_to(self, user: User) -> "InvitationQuerySet":
        """Return the invitations of this user's organization; staff have none."""
        if user.partner_id is None:
            return self.none()
        return self.filter(partner=user.partner_id)

    def open(self) -> "InvitationQuerySet":
        """Return those that nobody has accepted, expired ones too: they can be sent again."""
        return self.filter(accepted_at=None)


class Invitation(models.Model):
    """Who was invited by whom. Open until it is accepted; one that is revoked is deleted."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=User.Role)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    invited_at = models.DateTimeField()
    sent_at = models.DateTimeField(help_text="When the latest mail with a link was queued.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "email"),
                condition=Q(accepted_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="invitation_email_in_small_letters"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.readable_email} to {self.partner}"

    @property
    def readable_email(self) -> str:
        """The address with its domain as people write it."""
        return readable_email(self.email)

    @property
    def expires_at(self) -> datetime:
        """Until when the link of the latest mail works."""
        return self.sent_at + LIFETIME
