"""The only door to billing details: each change is a new version, and no version is ever lost."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

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
    """Return the partner, whose billing details stay as they are until the transaction ends."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)


def save(details: Mapping[str, str], owner: User) -> tuple[BillingDetails, bool]:
    """Make `details` (a value for each of FIELDS) the current version of the owner's organisation.

    Return it, and whether it is new: the same again posts nothing. Of two saved at once the later
    one is current, the other stays as an earlier version. Raises PermissionDenied for anybody but
    an owner.
    """
    if not owner.is_owner or owner.partner is None:
        raise PermissionDenied
    with transaction.atomic():
        partner = locked_partner(owner.partner)
        current = BillingDetails.objects.current(partner)
        if current and all(getattr(current, name) == details[name] for name in FIELDS):
            return current, False
        version = BillingDetails.objects.create(
            partner=partner,
            version=current.version + 1 if current else 1,
            saved_at=timezone.now(),
            saved_by=owner,
            **{name: details[name] for name in FIELDS},
        )
    return version, True
