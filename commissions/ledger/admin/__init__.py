"""Finance's pages for accounts and their entries."""

from commissions.ledger.admin.entries import AccountAdmin, LedgerEntryAdmin

__all__ = ["AccountAdmin", "LedgerEntryAdmin"]
