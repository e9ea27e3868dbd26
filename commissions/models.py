"""Where Django finds the app's models; each is defined in the package of its subject."""

from commissions.catalog.models import BillingCycle, Plan, Price, Product
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import (
    BillingDetails,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
)

__all__ = [
    "Account",
    "BillingCycle",
    "BillingDetails",
    "CommissionTerms",
    "LedgerEntry",
    "PaymentBatch",
    "Plan",
    "Price",
    "Product",
    "Sequence",
    "Withdrawal",
    "WithdrawalEvent",
]
