"""What the audit looks at when it is asked to begin at a day: `--since`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.utils import timezone

from commissions import explanation
from leads.models import DealLine
from tests.factories import BUNDLE_5, BUSINESS_5, StaffFactory, UserFactory
from tests.leads.books import Books, append, audited, delete_withdrawals, found, unguarded
from tests.worlds import made_once

pytestmark = pytest.mark.database


class Clock:
    """Begins at noon of a day; every look at it is a second later."""

    def __init__(self, day: str) -> None:
        self.at = timezone.make_aware(datetime.fromisoformat(f"{day}T12:00:00"))

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def at(day: str) -> AbstractContextManager[object]:
    return mock.patch.object(timezone, "now", Clock(day))


@made_once
def kept() -> tuple[Books, Books]:
    finance = StaffFactory(is_superuser=True)
    with at("2024-05-01"):
        books = Books(UserFactory(), finance)
        other = Books(UserFactory(partner__name="Long Gone"), finance)
    with at("2026-05-01"):
        books.won(BUSINESS_5)
        books.won(BUNDLE_5)
    return books, other


@pytest.fixture
def old_and_new(made: tuple[Books, Books]) -> Iterator[tuple[Books, Books]]:
    """Eight entries of 2024, two of 2026, and the books of another partner of 2024 alone."""
    with at("2026-05-02"), unguarded():
        yield made


SINCE = ("--since", "2026-01-01")


def test_since_a_day_the_earlier_entries_are_only_summed(old_and_new):
    assert audited() == ["The ledger is in order. 18 entries checked."]
    assert audited(*SINCE) == ["The ledger is in order. 2 entries checked."]
    assert audited("--since", "2026-05-01")[-1].endswith(" 2 entries checked.")
    assert audited("--since", "2026-05-02")[-1].endswith(" 0 entries checked.")
    assert audited(*SINCE, "--partner", "Long Gone")[-1].endswith(" 0 entries checked.")


def test_since_a_day_earlier_words_are_not_looked_at(old_and_new):
    books, _ = old_and_new
    books.entries(4).update(text="Something else")
    books.entries(9).update(text="Something else")
    assert found(*SINCE) == [
        f"Account {books.account.pk}, entry 9: does not have the hash of its content"
    ]


def test_since_a_day_the_link_to_the_entry_before_it_is_checked(old_and_new):
    books, _ = old_and_new
    books.entries(8).update(hash="0" * 64)
    assert found(*SINCE) == [
        f"Account {books.account.pk}, entry 9: does not name its predecessor's hash"
    ]


def test_since_a_day_an_entry_gone_before_it_is_found(old_and_new):
    books, other = old_and_new
    for of in (books, other):
        delete_withdrawals(entry=of.entry(8))
        of.entries(8).delete()
    assert found(*SINCE) == [
        f"Account {books.account.pk}, entry 9: follows entry 7: what was between is gone",
        f"Account {books.account.pk}: says a balance of 882.00, its entries sum to 1824.80",
        f"Account {other.account.pk}: counts 8 entries, the last is 7",
        f"Account {other.account.pk}: does not name the last entry's hash",
        f"Account {other.account.pk}: says a balance of 0.00, its entries sum to 942.80",
    ]


def test_since_a_day_an_earlier_cent_shows_in_the_balance(old_and_new):
    books, _ = old_and_new
    books.entries(5).update(amount=Decimal("-9.99"))
    assert found(*SINCE) == [
        f"Account {books.account.pk}: says a balance of 882.00, its entries sum to 882.01"
    ]


def test_since_a_day_a_later_withdrawal_is_held_against_what_there_was(old_and_new):
    books, _ = old_and_new
    content = explanation.canonical({"amount": "-882.01", "steps": ["Withdrawn"]})
    append(books, "withdrawal", "-882.01", "W-0000-0001", content)
    assert found(*SINCE) == [
        f"Account {books.account.pk}, entry 11: takes $0.01 more than was available",
        f"Account {books.account.pk}, entry 11: takes W-0000-0001, which is no withdrawal",
    ]


def test_since_a_day_the_leads_of_then_are_compared(old_and_new):
    books, _ = old_and_new
    for reference in (books.bundle.reference, books.entry(9).reference):
        DealLine.objects.filter(lead__reference=reference, stage="final").update(agents=1)
    [fault] = found(*SINCE)
    assert fault.startswith(f"Lead {books.entry(9).reference}: earned 70.80 by its final lines")


def test_since_a_day_time_turned_back_is_found(old_and_new):
    """Dated back behind `since`: the entry after it is the first that is looked at."""
    books, _ = old_and_new
    books.entries(9).update(posted_at=books.entry(1).posted_at)
    assert f"Account {books.account.pk}, entry 9: is earlier than its predecessor" in found()
    assert audited(*SINCE) == ["The ledger is in order. 1 entries checked."]
    books.entries(9).update(posted_at=books.entry(10).posted_at + timedelta(days=1))
    assert f"Account {books.account.pk}, entry 10: is earlier than its predecessor" in found(*SINCE)
