"""Who may withdraw how much, and requesting it exactly as it was shown."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from commissions.ledger.balances import balances
from commissions.ledger.posting import locked_account
from commissions.payouts import withdrawals
from commissions.payouts.billing import locked_partner
from commissions.payouts.models import BillingDetails, Withdrawal
from leadportal.money import CENT
from leadportal.partners.models import User


class Changed(withdrawals.WithdrawalRefused):
    """The balance or the billing details have changed since they were shown."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether a user can withdraw `available` US dollars, or why not."""

    available: Decimal
    billing: BillingDetails | None
    is_owner: bool

    @property
    def least(self) -> Decimal:
        """The smallest amount that can be withdrawn."""
        return max(settings.MINIMUM_WITHDRAWAL, CENT)

    @property
    def is_enough(self) -> bool:
        """Whether the available amount can be withdrawn."""
        return self.available >= self.least

    @property
    def is_possible(self) -> bool:
        """Whether the user can withdraw it now."""
        return self.is_owner and self.is_enough and self.billing is not None


def eligibility(user: User, available: Decimal) -> Eligibility:
    """Return whether the user can withdraw their organization's `available` balance. One query."""
    billing = BillingDetails.objects.visible_to(user).order_by("-version").first()
    return Eligibility(available, billing, user.is_owner)


def request_as_shown(owner: User, amount: str, version: str) -> Withdrawal:
    """Request the full available balance if it is `amount`, paid to billing details `version`.

    Both are as the page showed them. Raises Changed if either has changed, and what
    `commissions.payouts.withdrawals.request` raises; nothing is posted then.
    """
    if not owner.is_owner or owner.partner is None:
        raise PermissionDenied
    with transaction.atomic():
        account = locked_account(owner.partner)
        partner = locked_partner(owner.partner)
        available = balances(account, timezone.now()).available
        billing = BillingDetails.objects.current(partner)
        eligible = Eligibility(available, billing, owner.is_owner)
        if eligible.is_possible and (str(available), _version(billing)) != (amount, version):
            raise Changed("Your balance or billing details have changed. Check them and try again.")
        return withdrawals.request(owner)


def _version(billing: BillingDetails | None) -> str:
    return str(billing.version) if billing else ""
