"""The program that the benchmark invents: who is in it, and how much of it there is."""

from datetime import timedelta
from typing import NamedTuple

SALES = "sales@vendor.example"
# The partner with a tenth of all leads, and one with 500 of them
BIG, SMALL = "big@partner.example", "small@partner.example"
SMALL_LEADS = 500
LEAST = 250  # leads of either, that there is a second page of every status
# From one lead to the next: a million of them in three years. The newest is ten days old.
PACE = timedelta(days=3 * 365) / 1_000_000
SINCE = timedelta(days=10)


class Numbers(NamedTuple):
    """How many there are of what, for a number of leads."""

    leads: int
    partners: int
    big: int
    small: int

    @classmethod
    def of(cls, leads: int) -> "Numbers":
        """Return the numbers for so many leads, 1,000 at least."""
        partners = min(2_000, max(20, leads // 500))
        return cls(
            leads, partners, max(leads // 10, LEAST), min(SMALL_LEADS, max(LEAST, leads // 4))
        )
