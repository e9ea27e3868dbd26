"""Finance's pages for ledger entries."""

from commissions.ledger.admin.entries import LedgerEntryAdmin

__all__ = ["LedgerEntryAdmin"]
