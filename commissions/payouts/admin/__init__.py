"""Finance's pages for accounts, withdrawals and payment batches."""

from commissions.payouts.admin.account import AccountAdmin
from commissions.payouts.admin.batch import PaymentBatchAdmin
from commissions.payouts.admin.withdrawal import WithdrawalAdmin

__all__ = ["AccountAdmin", "PaymentBatchAdmin", "WithdrawalAdmin"]
