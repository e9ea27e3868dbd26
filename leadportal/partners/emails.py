"""What people are mailed about their organisation's team."""

from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.partners.models import Invitation


def send_invitation(invitation: Invitation, token: str) -> None:
    """Queue the mail whose link, made of `token`, accepts the invitation."""
    context = {"invitation": invitation, "token": token}
    outbox.queue([compose("partners/mail/invitation", context, to=invitation.email)])
