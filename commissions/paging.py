"""Pages of an account's entries, newest first, found by number and never by counting."""

from dataclasses import dataclass

from commissions.models import Account, LedgerEntry

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page; `newer` and `older` are the cursors of the pages beside it.

    The newest page needs no cursor: `has_newer` with `newer` None leads there.
    """

    entries: list[LedgerEntry]
    has_newer: bool = False
    newer: int | None = None
    older: int | None = None


def page_of(account: Account, before: str = "") -> EntryPage:
    """Return the entries numbered below the cursor `before`, with the leads that were credited.

    One query whatever the depth: numbers have no gaps, so the neighbours follow from them. A cursor
    that is none shows the newest page.
    """
    newest = account.entry_count
    top = _top(before, newest)
    entries = list(
        LedgerEntry.objects.filter(account=account, number__lte=top)
        .select_related("lead")
        .order_by("-number")[:PER_PAGE]
    )
    above = top + PER_PAGE + 1
    return EntryPage(
        entries,
        has_newer=top < newest,
        newer=above if above <= newest else None,
        older=top - PER_PAGE + 1 if top > PER_PAGE else None,
    )


def _top(before: str, newest: int) -> int:
    if before.isdecimal() and len(before) <= len(str(newest)):
        return min(max(int(before) - 1, 1), newest)
    return newest
