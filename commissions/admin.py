"""Where Django finds the app's admin classes; each is defined in the package of its subject."""

from commissions.catalog.admin import CommissionTermsAdmin, PlanAdmin, PriceAdmin, ProductAdmin
from commissions.ledger.admin import LedgerEntryAdmin
from commissions.payouts.admin import AccountAdmin, PaymentBatchAdmin, WithdrawalAdmin

__all__ = [
    "AccountAdmin",
    "CommissionTermsAdmin",
    "LedgerEntryAdmin",
    "PaymentBatchAdmin",
    "PlanAdmin",
    "PriceAdmin",
    "ProductAdmin",
    "WithdrawalAdmin",
]
