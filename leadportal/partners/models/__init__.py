"""Partner organizations, the people who sign in, and those who are invited to."""

from leadportal.partners.models.invitation import Invitation
from leadportal.partners.models.partner import (
    Partner,
    PartnerEvent,
    PartnerEventText,
    PartnerStatus,
)
from leadportal.partners.models.user import User

__all__ = (
    "Invitation",
    "Partner",
    "PartnerEvent",
    "PartnerEventText",
    "PartnerStatus",
    "User",
)
