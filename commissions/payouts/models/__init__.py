"""Models of billing details, withdrawals and batches."""

from commissions.payouts.models.batch import BatchDownload, BatchRelease, DownloadedPayment
from commissions.payouts.models.billing import BillingDetails
from commissions.payouts.models.withdrawal import (
    WITHDRAWAL_TRANSITIONS,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalStatus,
)

__all__ = [
    "WITHDRAWAL_TRANSITIONS",
    "BatchDownload",
    "BatchRelease",
    "BillingDetails",
    "DownloadedPayment",
    "PaymentBatch",
    "Sequence",
    "Withdrawal",
    "WithdrawalEvent",
    "WithdrawalStatus",
]
