"""Money: the catalogue and its prices, the terms of a commission, the ledger, the withdrawals."""

from commissions.models.batch import BatchDownload, BatchRelease, DownloadedPayment
from commissions.models.billing import BillingDetails
from commissions.models.catalogue import BillingCycle, Plan, Price, Product
from commissions.models.ledger import Account, LedgerEntry
from commissions.models.terms import CommissionTerms
from commissions.models.withdrawal import (
    WITHDRAWAL_TRANSITIONS,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalStatus,
)

__all__ = [
    "WITHDRAWAL_TRANSITIONS",
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
    "WithdrawalStatus",
]
