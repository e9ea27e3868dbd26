"""What partners and finance are told of money, queued in the transaction of the change."""

from django.conf import settings

from commissions import explanation
from commissions.models import LedgerEntry, Withdrawal
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.partners.models import User


def send_requested(withdrawal: Withdrawal) -> None:
    """Queue the receipt to the owner who asked, and the notice to finance."""
    context = {"withdrawal": withdrawal}
    outbox.queue(
        [
            compose(
                "commissions/mail/withdrawal_requested", context, to=withdrawal.requested_by.email
            ),
            compose(
                "commissions/mail/withdrawal_awaits_payment", context, to=settings.FINANCE_EMAIL
            ),
        ]
    )


def send_moved(withdrawal: Withdrawal) -> None:
    """Queue the mail that a withdrawal was paid or returned, to the owner who asked for it."""
    template = f"commissions/mail/withdrawal_{withdrawal.status}"
    message = compose(template, {"withdrawal": withdrawal}, to=withdrawal.requested_by.email)
    outbox.queue([message])


def send_posted(entry: LedgerEntry) -> None:
    """Queue the mail that finance reversed, corrected or adjusted, to the organisation's owners."""
    owners = User.objects.filter(
        partner=entry.account.partner, role=User.Role.OWNER, is_active=True
    ).order_by("pk")
    context = {"entry": entry, "steps": explanation.steps(entry.explanation)}
    outbox.queue(
        [compose("commissions/mail/entry_posted", context, to=user.email) for user in owners]
    )
