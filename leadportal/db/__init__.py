"""What the project adds to the database: money, triggers, keyset pages, SQLite specifics."""
