"""Saves billing details: the only code that writes them. Each change is a new version."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from commissions.payouts import emails
from commissions.payouts.models import BillingDetails
from leadportal.partners.models import Partner, User

FIELDS = (
    "type",
    "company",
    "vat",
    "address",
    "city",
    "zip_code",
    "state",
    "country",
    "paypal",
)


def locked_partner(partner: Partner) -> Partner:
    """Return the partner, whose billing details cannot change until the transaction ends."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)


def save(details: Mapping[str, str], owner: User) -> tuple[BillingDetails, bool]:
    """Make `details` (a value for each of FIELDS) the current version of the owner's organization.

    Return it, and whether it is new: the same details again create no version. All owners are
    emailed the changes. Nothing is paid to a PayPal account that was not current before for
    PAYOUT_DETAILS_HOLD_DAYS days. Of two saved at the same time the later one is current, the other
    stays as an earlier version. Raises PermissionDenied for anybody but an owner.
    """
    if not owner.is_owner or owner.partner is None:
        raise PermissionDenied
    with transaction.atomic():
        partner = locked_partner(owner.partner)
        current = BillingDetails.objects.current(partner)
        if current and all(getattr(current, name) == details[name] for name in FIELDS):
            return current, False
        at = timezone.now()
        is_same_account = current is not None and current.paypal == details["paypal"]
        version = BillingDetails.objects.create(
            partner=partner,
            version=current.version + 1 if current else 1,
            saved_at=at,
            saved_by=owner,
            paypal_since=current.paypal_since if current and is_same_account else at,
            **{name: details[name] for name in FIELDS},
        )
        emails.send_billing_changed(version, current)
    return version, True
