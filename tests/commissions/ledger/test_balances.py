"""Pending, available, withdrawn and total, by hand, to the day on which a credit is available."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone

from commissions.ledger import errors, posting
from commissions.ledger.balances import Balances, balances
from commissions.ledger.models import Account
from tests.commissions.entries import credit
from tests.commissions.ledger.test_ledger_entries import adjust, correct, withdraw
from tests.factories import PartnerFactory, StaffFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    """Set the time: `clock(days)` after START."""

    def set_to(days):
        monkeypatch.setattr(timezone, "now", lambda: START + days * DAY)

    set_to(0)
    return set_to


class Story:
    """What happens to one account; 5 agents earn $354.00, 4 earn $283.20, 10 earn $708.00."""

    holding_days = 30

    def __init__(self, partner, finance, clock):
        self.partner, self.finance, self.clock = partner, finance, clock

    def credit(self, day, reference="LD-1", agents=5):
        self.clock(day)
        return credit(
            self.partner, self.finance, reference, agents=agents, holding_days=self.holding_days
        )

    def reverse(self, day, entry):
        self.clock(day)
        return posting.reverse(entry, reason="Unpaid", actor=self.finance)

    def correct(self, day, entry, agents=4):
        self.clock(day)
        return correct(entry, self.finance, agents=agents)

    def adjust(self, day, amount):
        self.clock(day)
        return adjust(self.partner, amount, self.finance, f"A-{day}")

    def withdraw(self, day, amount):
        self.clock(day)
        return withdraw(self.partner, amount, self.finance, f"W-{day}")

    def give_back(self, day, entry):
        self.clock(day)
        return posting.give_back(entry, reason="Bounced", actor=self.finance)


@made_once
def kept():
    return PartnerFactory(), StaffFactory()


@pytest.fixture
def partner(made):
    return made[0]


@pytest.fixture
def finance_user(made):
    return made[1]


@pytest.fixture
def tell(partner, finance_user, clock):
    return Story(partner, finance_user, clock)


def at(when):
    """The sums at a moment, as (pending, available, withdrawn, total)."""
    account = Account.objects.get()
    sums = balances(account, when)
    assert sums.total == sums.pending + sums.available + sums.withdrawn
    assert sums.total - sums.withdrawn == account.balance
    assert all(isinstance(amount, Decimal) for amount in (sums.pending, sums.withdrawn))
    return tuple(
        f"{amount:.2f}" for amount in (sums.pending, sums.available, sums.withdrawn, sums.total)
    )


def credited(tell):
    tell.credit(0)


def two_credits(tell):
    tell.credit(0)
    tell.credit(10, "LD-2", agents=10)


def reversed_(tell):
    tell.reverse(10, tell.credit(0))


def reversed_late(tell):
    tell.reverse(40, tell.credit(0))


def corrected(tell):
    tell.correct(10, tell.credit(0))


def corrected_late(tell):
    tell.correct(40, tell.credit(0))


def corrected_twice(tell):
    tell.correct(20, tell.correct(10, tell.credit(0)), agents=10)


def reversed_then_corrected(tell):
    first = tell.credit(0)
    tell.reverse(5, first)
    tell.correct(10, first)


def correction_reversed(tell):
    tell.reverse(20, tell.correct(10, tell.credit(0)))


def adjusted(tell):
    tell.credit(0)
    tell.adjust(5, "25.00")
    tell.adjust(6, "-5.00")


def withdrawn(tell):
    tell.credit(0)
    tell.withdraw(31, "300.00")
    tell.credit(35, "LD-2", agents=10)


def given_back(tell):
    tell.credit(0)
    tell.give_back(33, tell.withdraw(31, "354.00"))


def withdrawn_then_reversed(tell):
    first = tell.credit(0)
    tell.withdraw(31, "354.00")
    tell.reverse(35, first)


def withdrawn_then_corrected(tell):
    first = tell.credit(0)
    tell.withdraw(31, "354.00")
    tell.correct(35, first)


# story, on which day, (pending, available, withdrawn, total) with 30 days of holding, and with none
EXAMPLES = [
    (credited, 1, ("354.00", "0.00", "0.00", "354.00"), ("0.00", "354.00", "0.00", "354.00")),
    (credited, 31, ("0.00", "354.00", "0.00", "354.00"), ("0.00", "354.00", "0.00", "354.00")),
    (two_credits, 11, ("1062.00", "0.00", "0.00", "1062.00"), None),
    (two_credits, 31, ("708.00", "354.00", "0.00", "1062.00"), None),
    (two_credits, 41, ("0.00", "1062.00", "0.00", "1062.00"), None),
    (reversed_, 11, ("0.00", "0.00", "0.00", "0.00"), ("0.00", "0.00", "0.00", "0.00")),
    (reversed_late, 41, ("0.00", "0.00", "0.00", "0.00"), ("0.00", "0.00", "0.00", "0.00")),
    (corrected, 11, ("283.20", "0.00", "0.00", "283.20"), ("0.00", "283.20", "0.00", "283.20")),
    # The correction waits no longer than what it replaces.
    (corrected, 31, ("0.00", "283.20", "0.00", "283.20"), None),
    (corrected_late, 41, ("0.00", "283.20", "0.00", "283.20"), None),
    (corrected_twice, 21, ("708.00", "0.00", "0.00", "708.00"), None),
    (corrected_twice, 31, ("0.00", "708.00", "0.00", "708.00"), None),
    (reversed_then_corrected, 11, ("283.20", "0.00", "0.00", "283.20"), None),
    (reversed_then_corrected, 31, ("0.00", "283.20", "0.00", "283.20"), None),
    (correction_reversed, 21, ("0.00", "0.00", "0.00", "0.00"), None),
    (adjusted, 7, ("354.00", "20.00", "0.00", "374.00"), ("0.00", "374.00", "0.00", "374.00")),
    (adjusted, 31, ("0.00", "374.00", "0.00", "374.00"), None),
    (
        withdrawn,
        36,
        ("708.00", "54.00", "300.00", "1062.00"),
        ("0.00", "762.00", "300.00", "1062.00"),
    ),
    (withdrawn, 66, ("0.00", "762.00", "300.00", "1062.00"), None),
    (given_back, 34, ("0.00", "354.00", "0.00", "354.00"), None),
    (withdrawn_then_reversed, 36, ("0.00", "-354.00", "354.00", "0.00"), None),
    (withdrawn_then_corrected, 36, ("0.00", "-70.80", "354.00", "283.20"), None),
]


@pytest.mark.parametrize("holding_days", [30, 0])
@pytest.mark.parametrize(
    ("story", "day", "held", "free"),
    EXAMPLES,
    ids=[f"{row[0].__name__}-{row[1]}" for row in EXAMPLES],
)
def test_worked_example(tell, story, day, held, free, holding_days):
    tell.holding_days = holding_days
    story(tell)
    if not holding_days:
        held = free or ("0.00", f"{Decimal(held[0]) + Decimal(held[1]):.2f}", *held[2:])
    assert at(START + day * DAY) == held


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 3, 31)),
        ("Pacific/Kiritimati", date(2026, 3, 31)),  # 23:30 there
        ("Pacific/Auckland", date(2026, 3, 31)),
        ("Pacific/Pago_Pago", date(2026, 3, 30)),  # still 28 February there
    ],
)
def test_credit_is_available_when_its_day_begins(tell, zone, day):
    with override_settings(TIME_ZONE=zone):
        tell.clock(-1 / 24)  # 8:30 UTC
        entry = tell.credit(-1 / 24)
        assert entry.available_on == day
        due = datetime.combine(day, time(), ZoneInfo(zone))
        assert at(START)[:2] == at(due - SECOND)[:2] == ("354.00", "0.00")
        assert at(due)[:2] == at(due + SECOND)[:2] == ("0.00", "354.00")
        days_until = (due - START) / DAY
        with pytest.raises(errors.AmountRefused, match=r"\$0.00 is available"):
            tell.withdraw(days_until - 1 / 86_400, "354.00")
        tell.withdraw(days_until, "354.00")
        assert at(due) == ("0.00", "0.00", "354.00", "354.00")


@pytest.mark.parametrize(("before", "after"), [(0, 30), (30, 0), (30, 90)])
def test_new_terms_do_not_move_what_was_credited(tell, before, after):
    tell.holding_days = before
    first = tell.credit(0)
    tell.holding_days = after
    tell.credit(1, "LD-2", agents=10)
    assert first.available_on == START.date() + timedelta(days=before)
    # The later day is that of the other one.
    expected = {0: ("708.00", "354.00"), 30: ("0.00", "1062.00")}[before]
    expected = ("708.00", "354.00") if after == 90 else expected
    assert at(START + 30 * DAY)[:2] == expected


def test_without_a_holding_period_a_credit_is_free_at_once(tell):
    tell.holding_days = 0
    tell.credit(0)
    tell.withdraw(0, "354.00")
    assert at(START) == ("0.00", "0.00", "354.00", "354.00")


def test_debt_is_paid_off_by_what_comes_free(tell):
    first = tell.credit(0)
    tell.withdraw(31, "354.00")
    tell.reverse(35, first)
    tell.credit(36, "LD-2", agents=10)
    assert at(START + 37 * DAY) == ("708.00", "-354.00", "354.00", "708.00")
    with pytest.raises(errors.AmountRefused, match=r"\$354.00 is available"):
        tell.withdraw(66, "354.01")
    tell.withdraw(66, "354.00")
    assert at(START + 66 * DAY) == ("0.00", "0.00", "708.00", "708.00")


def test_same_lead_reference_on_another_account_does_not_matter(tell, stranger, finance_user):
    """An adjustment may name a lead; another account's entries are another's."""
    tell.credit(0)
    adjust(stranger.partner, "5.00", finance_user, reference="LD-1")
    other = balances(stranger.partner.account, START + DAY)
    assert other == Balances(Decimal("0.00"), Decimal("5.00"), Decimal("0.00"))
    assert balances(tell.partner.account, START + DAY).pending == Decimal("354.00")


def test_new_account_has_nothing(partner):
    account = Account.objects.create(partner=partner)
    assert at(START) == ("0.00", "0.00", "0.00", "0.00")
    assert balances(account, START).total == 0


def test_one_query_however_many_entries(tell, django_assert_num_queries):
    for n in range(12):
        tell.credit(n, f"LD-{n}")
    account = Account.objects.get()
    with django_assert_num_queries(1):
        balances(account, START)


def test_account_at_hand_may_be_older_than_its_entries(tell):
    tell.credit(0)
    account = Account.objects.get()
    tell.withdraw(31, "100.00")
    assert account.balance == Decimal("354.00")
    assert balances(account, START + 31 * DAY) == Balances(
        Decimal("0.00"), Decimal("254.00"), Decimal("100.00")
    )
