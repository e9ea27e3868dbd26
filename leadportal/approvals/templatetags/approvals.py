"""What templates show of approvals."""

from django import template

from leadportal.approvals.models import Approval
from leadportal.partners.models import User

register = template.Library()


@register.simple_tag
def awaiting_decision_by(user: User) -> int:
    """Return how many requests await the decision of `user`; no query without the permissions."""
    if not user.has_perm("approvals.view_approval"):
        return 0
    return Approval.objects.for_decision_by(user).count()
