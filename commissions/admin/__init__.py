"""Finance's side of money: the catalogue, the terms, and the ledger to read."""

from commissions.admin import catalogue, ledger, terms

__all__ = ["catalogue", "ledger", "terms"]
