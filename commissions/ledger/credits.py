"""What a lead is credited with now: its commission with later corrections and reversals.

This is the only definition; every page and email that states what a lead has earned uses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from commissions.calculator import Estimate
from commissions.explanation import Unreadable, thaw
from commissions.ledger.chain import COMPUTED
from commissions.ledger.models import OF_LEADS, LedgerEntry
from leadportal.ui.formats import day_in_words

Kind = LedgerEntry.Kind


@dataclass(frozen=True, slots=True)
class CurrentCredit:
    """A commission and the reversals and corrections that followed it, in the order of posting."""

    entries: tuple[LedgerEntry, ...]

    @classmethod
    def of(cls, entries: Iterable[LedgerEntry]) -> Self | None:
        """Return the credit of one reference's `entries`, None if nothing was ever credited.

        They come in the order of posting. Another commission begins a new credit: it could be
        posted only because everything before it had been reversed.
        """
        followed: list[LedgerEntry] = []
        for entry in entries:
            if entry.kind == Kind.COMMISSION:
                followed = [entry]
            elif followed:
                followed.append(entry)
        return cls(tuple(followed)) if followed else None

    @property
    def commission(self) -> LedgerEntry:
        """The entry that the win was credited with."""
        return self.entries[0]

    @property
    def latest(self) -> LedgerEntry:
        """The last commission or correction, whose lines are the deal's, reversed or not."""
        return next(entry for entry in reversed(self.entries) if entry.kind in COMPUTED)

    @property
    def reversal(self) -> LedgerEntry | None:
        """The entry that reversed `latest`, None if it is not reversed."""
        last = self.entries[-1]
        return last if last.kind == Kind.REVERSAL else None

    @property
    def amount(self) -> Decimal:
        """The sum of the entries, in US dollars: what the partner has from this win now."""
        return sum((entry.amount for entry in self.entries), Decimal("0.00"))

    @property
    def is_corrected(self) -> bool:
        """Whether a correction has replaced the commission."""
        return not self.reversal and self.latest.kind == Kind.CORRECTION

    @property
    def state(self) -> str:
        """The state: `credited`, `corrected on 5 Nov 2026` or `reversed on 9 Nov 2026`."""
        if self.reversal:
            return f"reversed on {day_in_words(self.reversal.posted_at)}"
        if self.is_corrected:
            return f"corrected on {day_in_words(self.latest.posted_at)}"
        return "credited"

    @property
    def available_from(self) -> date | None:
        """The day from which the amount is available, if that day is in the future."""
        return None if self.reversal else self.latest.available_from()

    @property
    def deal(self) -> Estimate | None:
        """The deal as it was last computed, None where its frozen text cannot be read."""
        try:
            return thaw(self.latest.explanation)
        except Unreadable:
            return None


def entries_of(references: Iterable[str]) -> QuerySet[LedgerEntry]:
    """Return what was posted for these leads, each account's entries in the order of posting."""
    entries = LedgerEntry.objects.filter(reference__in=list(references), kind__in=OF_LEADS)
    return entries.order_by("account", "number")


def credited_now(reference: str) -> Subquery:
    """Return what is credited now, in US dollars, to annotate rows that name leads by `reference`.

    It equals `CurrentCredit.amount`: earlier credits were reversed, so they add nothing. None if
    nothing was ever credited.
    """
    entries = LedgerEntry.objects.filter(reference=OuterRef(reference), kind__in=OF_LEADS)
    return Subquery(
        entries.order_by().values("reference").annotate(sum=Sum("amount")).values("sum")
    )


def current_credits(references: Iterable[str]) -> dict[str, CurrentCredit]:
    """Return by reference what each of these leads is credited with. One query."""
    posted: dict[str, list[LedgerEntry]] = {}
    for entry in entries_of(references):
        posted.setdefault(entry.reference, []).append(entry)
    found = ((reference, CurrentCredit.of(entries)) for reference, entries in posted.items())
    return {reference: credit for reference, credit in found if credit}
