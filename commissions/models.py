"""Where Django finds the app's models; each is defined in the package of its subject."""

from commissions.catalog.models import BillingCycle, Plan, Price, Product
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import (
    BatchDownload,
    BatchRelease,
    BillingDetails,
    DownloadedPayment,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
)

__all__ = [
    "Account",
    "BatchDownload",
    "BatchRelease",
    "BillingCycle",
    "BillingDetails",
    "CommissionTerms",
    "DownloadedPayment",
    "LedgerEntry",
    "PaymentBatch",
    "Plan",
    "Price",
    "Product",
    "Sequence",
    "Withdrawal",
    "WithdrawalEvent",
]
