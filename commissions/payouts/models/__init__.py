"""Where a partner is paid to, and what is paid."""

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
    "BillingDetails",
    "PaymentBatch",
    "Sequence",
    "Withdrawal",
    "WithdrawalEvent",
    "WithdrawalStatus",
]
