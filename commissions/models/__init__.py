"""Money: the catalogue and its prices, the terms of a commission, and the ledger."""

from commissions.models.catalogue import BillingCycle, Plan, Price, Product
from commissions.models.ledger import Account, LedgerEntry
from commissions.models.terms import CommissionTerms

__all__ = [
    "Account",
    "BillingCycle",
    "CommissionTerms",
    "LedgerEntry",
    "Plan",
    "Price",
    "Product",
]
