"""Emails to partners and finance about withdrawals and billing details."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from commissions.payouts.forms import BillingForm
from commissions.payouts.models import BillingDetails, Withdrawal
from leadportal.domains import readable_email
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.partners.access import is_reachable, owners_by_partner, owners_of
from leadportal.partners.models import User

# Who may see withdrawals sees the emails about them
SHOWN_WITH = "commissions.view_withdrawal"


def send_requested(withdrawal: Withdrawal) -> None:
    """Queue the receipt for the owner who requested it, and the notice to finance."""
    context = {"withdrawal": withdrawal}
    outbox.queue(
        [
            compose(
                "commissions/mail/withdrawal_requested", context, to=withdrawal.requested_by.email
            ),
            compose(
                "commissions/mail/withdrawal_awaits_payment", context, to=settings.FINANCE_EMAIL
            ),
        ],
        shown_with=SHOWN_WITH,
    )


def send_moved(withdrawals: Sequence[Withdrawal]) -> None:
    """Queue an email about each paid or returned withdrawal to its `recipients`."""
    outbox.queue(
        [
            moved(withdrawal, person.email)
            for withdrawal, people in recipients(withdrawals)
            for person in people
        ],
        shown_with=SHOWN_WITH,
    )


def recipients(withdrawals: Sequence[Withdrawal]) -> list[tuple[Withdrawal, list[User]]]:
    """Return each withdrawal with the owner who requested it, or all if that person has left."""
    left = [row for row in withdrawals if not _is_reachable(row)]
    owners = owners_by_partner({row.account.partner_id for row in left})
    return [
        (row, [row.requested_by] if _is_reachable(row) else owners[row.account.partner_id])
        for row in withdrawals
    ]


def _is_reachable(withdrawal: Withdrawal) -> bool:
    return is_reachable(withdrawal.requested_by, withdrawal.account.partner_id)


def moved(withdrawal: Withdrawal, to: str) -> EmailMultiAlternatives:
    """Return the unsent email about a paid or returned withdrawal."""
    template = f"commissions/mail/withdrawal_{withdrawal.status}"
    return compose(template, {"withdrawal": withdrawal}, to=to)


def send_billing_changed(version: BillingDetails, before: BillingDetails | None) -> None:
    """Queue the email to all owners about new or changed billing details."""
    context = {"billing": version, "before": before, "changes": _changes(version, before)}
    template = "commissions/mail/billing_changed"
    outbox.queue(
        [compose(template, context, to=owner.email) for owner in owners_of(version.partner)],
        shown_with=SHOWN_WITH,
    )


def masked(email: str) -> str:
    """Return an address masked so that only its owner recognizes it: `p…@brightside.example`."""
    name, _, domain = readable_email(email).rpartition("@")
    return f"{name[:1]}…@{domain}"


def _changes(version: BillingDetails, before: BillingDetails | None) -> list[str]:
    """Return the names of the changed fields, with the old and new masked PayPal email."""
    if before is None:
        return [f"PayPal email: {masked(version.paypal)}"]
    changes = []
    for name in BillingForm.Meta.fields:
        old, new = getattr(before, name), getattr(version, name)
        if old == new:
            continue
        label = BillingForm.base_fields[name].label
        changes.append(
            f"{label}: {masked(old)} → {masked(new)}" if name == "paypal" else str(label)
        )
    return changes
