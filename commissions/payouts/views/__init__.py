"""The partner's pages for withdrawals and billing details."""
