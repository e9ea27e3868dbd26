"""Finance's pages for withdrawals and payment batches."""

from commissions.payouts.admin.batch import PaymentBatchAdmin
from commissions.payouts.admin.withdrawal import WithdrawalAdmin

__all__ = ["PaymentBatchAdmin", "WithdrawalAdmin"]
