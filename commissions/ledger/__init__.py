"""Accounts and their entries: append-only, hash-chained, audited."""
