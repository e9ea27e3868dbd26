"""How a database would answer a statement."""

from django.db import connection


def explained(sql: str) -> str:
    """Return the plan by indexes, as lines: PostgreSQL would rather read so few rows and sort them.

    Its settings last until the test's transaction ends.
    """
    with connection.cursor() as database:
        if connection.vendor == "postgresql":
            for means in ("seqscan", "bitmapscan", "sort"):
                database.execute(f"SET LOCAL enable_{means} = off")
            database.execute(f"EXPLAIN {sql}")
        else:
            database.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row) for row in database.fetchall())
