"""Finance's side of money: the catalogue, the terms, the ledger, the withdrawals."""

from commissions.admin import batch, catalogue, ledger, terms, withdrawal

__all__ = ["batch", "catalogue", "ledger", "terms", "withdrawal"]
