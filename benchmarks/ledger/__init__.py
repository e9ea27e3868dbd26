"""Invented books, for the audit to be measured on."""
