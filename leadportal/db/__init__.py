"""Database additions: money, triggers, keyset pages, SQLite settings."""
