"""Whatever happens to an account, in any order: every sum computes again to what is stored."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commissions import explanation
from commissions.calculator import Estimate, Line
from commissions.catalog.models import Plan, Price
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import audit, posting
from commissions.ledger.balances import balances
from commissions.ledger.errors import EntryRefused
from commissions.ledger.models import Account, LedgerEntry
from commissions.ledger.snapshot import Scope
from commissions.payouts import withdrawals
from commissions.payouts.models import Withdrawal
from leads import audit as leads_audit
from leads.decisions import DecisionError, decide, undo_win
from leads.models import Lead
from leads.status import Status
from tests.commissions.entries import new_terms
from tests.commissions.finance import billing
from tests.factories import LeadFactory, StaffFactory, UserFactory
from tests.leads.world import decision, one

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("no_approval_limits")]

COMPUTED = ("commission", "correction")
AUDIT_EVERY = 5
PLANS = (("livechat", "business"), ("helpdesk", "team"), ("chatbot", "team"))
amounts = st.integers(1, 999_999).map(lambda cents: Decimal(cents).scaleb(-2))
lines = st.lists(
    st.tuples(
        st.sampled_from(PLANS),
        st.integers(1, 300),
        st.sampled_from(["annual", "monthly"]),
        st.none() | st.tuples(st.sampled_from(["agreed_price", "agreed_annual"]), amounts),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line[0],
)


def half_up(cents: int, percent: Decimal) -> int:
    """The share in whole cents, with integers alone: nothing of the calculator's."""
    return (cents * int(percent * 100) * 2 + 10_000) // 20_000


class History(RuleBasedStateMachine):
    """Two partners; what their accounts must hold is kept here, in whole cents."""

    holding_days = 0

    def __init__(self):
        super().__init__()
        # Each example is undone: the database is the test's.
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.at = datetime(2027, 3, 1, 9, tzinfo=UTC)
        self.clock = mock.patch("django.utils.timezone.now", self.now)
        self.clock.start()
        self.sales, self.finance = StaffFactory(groups=("Sales",)), StaffFactory(is_superuser=True)
        # The leads are of the newest terms; the first, from another day, are of no use here.
        new_terms(holding_days=self.holding_days)
        self.owners = [UserFactory(), UserFactory()]
        for owner in self.owners:
            billing(owner)
        self.plans = {
            (plan.product.code, plan.code): plan for plan in Plan.objects.select_related("product")
        }
        self.prices = defaultdict(dict)  # (plan, cycle): {from: cents}
        for price in Price.objects.select_related("plan__product"):
            plan = (price.plan.product.code, price.plan.code)
            self.prices[plan, price.billing_cycle][price.valid_from] = int(price.monthly * 100)
        self.entries = {}  # the entry's id: (owner, kind, cents), never to change
        self.credited = {}  # the lead's reference: (owner, when), net cents by `net`
        self.net = defaultdict(int)
        self.referring = defaultdict(set)  # the entry's id: the kinds of those that refer to it
        self.paid = set()  # the ids of the withdrawals' entries
        self.stored = {}
        self.adjustments = 0
        self.steps = 0

    def teardown(self):
        try:
            self.assert_audit_finds_nothing()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def now(self):
        self.at += timedelta(milliseconds=1)
        return self.at

    # What happens

    @rule(days=st.integers(0, 40), hours=st.integers(0, 23))
    def time_passes(self, days, hours):
        self.at += timedelta(days=days, hours=hours)

    @rule(
        who=st.sampled_from([0, 1]),
        sold=lines,
        type_=st.sampled_from(["flat_fee", "rev_share"]),
        age=st.integers(0, 3),
    )
    def win(self, who, sold, type_, age):
        owner = self.owners[who]
        submitted = self.at - timedelta(days=age * 20)
        lead = LeadFactory(
            partner=owner.partner,
            submitted_by=owner,
            status=Status.APPROVED,
            commission_type=type_,
            submitted_at=submitted,
        )
        final = [
            Choice(
                self.plans[plan],
                None if self.plans[plan].is_flat else agents,
                cycle,
                **({agreed[0]: agreed[1]} if agreed else {}),
            )
            for plan, agents, cycle, agreed in sold
        ]
        value = sum(self.worth(line) for line in sold)
        terms = CommissionTerms.objects.in_force(timezone.localdate(submitted))
        share = half_up(value, terms.share_percent)
        cents = int(terms.flat_fee * 100) if type_ == "flat_fee" else share
        won = decision(Status.WON, lines=final)
        if cents == 0:
            with pytest.raises(DecisionError, match=r"\$0.00"):
                decide(one(lead), won, self.sales)
            return
        [outcome] = decide(one(lead), won, self.sales)
        assert outcome.moved, outcome.problem
        entry = Lead.objects.get(pk=lead.pk).credit
        self.credited[lead.reference] = (who, entry.posted_at)
        self.posted(who, entry, "commission", cents)

    def worth(self, line):
        plan, agents, cycle, agreed = line
        count = 1 if self.plans[plan].is_flat else agents
        if agreed and agreed[0] == "agreed_annual":
            return int(agreed[1] * 100)
        if agreed:
            return 12 * count * int(agreed[1] * 100)
        listed = self.prices[plan, cycle]
        day = max(day for day in listed if day <= self.at.date())
        return 12 * count * listed[day]

    def open_entries(self, *kinds, taken_by):
        """The ids of the entries of these kinds that nothing of `taken_by` refers to."""
        return [
            pk
            for pk, (_, kind, _) in sorted(self.entries.items())
            if kind in kinds and taken_by not in self.referring[pk]
        ]

    def draw_open(self, data, *kinds, taken_by):
        open_entries = self.open_entries(*kinds, taken_by=taken_by)
        return LedgerEntry.objects.get(pk=data.draw(st.sampled_from(open_entries)))

    @precondition(lambda self: self.open_entries(*COMPUTED, taken_by="reversal"))
    @rule(data=st.data())
    def reverse(self, data):
        entry = self.draw_open(data, *COMPUTED, taken_by="reversal")
        who, _, cents = self.entries[entry.pk]
        reversal = posting.reverse(entry, reason="The customer never paid", actor=self.finance)
        self.posted(who, reversal, "reversal", -cents)

    @precondition(lambda self: self.open_entries(*COMPUTED, taken_by="correction"))
    @rule(data=st.data(), agents=st.integers(1, 300))
    def correct(self, data, agents):
        entry = self.draw_open(data, *COMPUTED, taken_by="correction")
        who, _, cents = self.entries[entry.pk]
        was_reversed = entry.referred_by.filter(kind="reversal").exists()
        terms = explanation.thaw(entry.explanation).terms
        right = Estimate((Line("LiveChat Team", agents, "annual", Decimal("41.00")),), terms)
        correct = partial(
            posting.correct,
            entry,
            explanation=explanation.freeze_credit(
                right, "rev_share", explanation.signing_of(entry.explanation)
            ),
            amount=right.rev_share,
            reason="Wrong lines",
            text="Corrected commission",
            actor=self.finance,
        )
        if Lead.objects.get(reference=entry.reference).credit.number > entry.number:
            with pytest.raises(EntryRefused, match="was credited again"):
                correct()
            return
        correction = correct()
        if not was_reversed:
            self.posted(who, entry.referred_by.get(kind="reversal"), "reversal", -cents)
        share = half_up(12 * agents * 4_100, terms.share_percent)
        self.posted(who, correction, "correction", share)

    def undoable(self):
        """The won leads of whose credit nothing is left that was not reversed."""
        standing = LedgerEntry.objects.filter(
            pk__in=self.open_entries(*COMPUTED, taken_by="reversal")
        )
        return sorted(set(self.credited) - {entry.reference for entry in standing})

    @precondition(lambda self: self.undoable())
    @rule(data=st.data(), agents=st.integers(1, 300))
    def undo_and_win_again(self, data, agents):
        lead = Lead.objects.get(reference=data.draw(st.sampled_from(self.undoable())))
        undo_win(lead.pk, decision(Status.APPROVED), self.finance)
        line = Choice(self.plans[PLANS[0]], agents, "annual", agreed_price=Decimal("41.00"))
        [outcome] = decide(one(lead), decision(Status.WON, lines=[line]), self.sales)
        assert outcome.moved, outcome.problem
        entry = Lead.objects.get(pk=lead.pk).credit
        share = half_up(12 * agents * 4_100, lead.terms.share_percent)
        fee = int(lead.terms.flat_fee * 100)
        who, _ = self.credited[lead.reference]
        self.credited[lead.reference] = (who, entry.posted_at)
        cents = fee if lead.commission_type == "flat_fee" else share
        self.posted(who, entry, "commission", cents)

    @rule(who=st.sampled_from([0, 1]), amount=amounts, sign=st.sampled_from([1, -1]))
    def adjust(self, who, amount, sign):
        self.adjustments += 1
        entry = posting.adjust(
            self.owners[who].partner,
            amount=sign * amount,
            reason="As agreed",
            reference=f"A-{self.adjustments}",
            actor=self.finance,
        )
        self.posted(who, entry, "adjustment", sign * int(amount * 100))

    @rule(who=st.sampled_from([0, 1]))
    def withdraw(self, who):
        available = self.expected(who)["available"]
        if available < 5_000:
            with pytest.raises(withdrawals.WithdrawalRefused):
                withdrawals.request(self.owners[who])
            return
        withdrawal = withdrawals.request(self.owners[who])
        assert withdrawal.amount * 100 == available
        self.posted(who, withdrawal.entry, "withdrawal", -available)

    def to_pay(self):
        return set(self.open_entries("withdrawal", taken_by="return")) - self.paid

    @precondition(lambda self: self.to_pay())
    @rule()
    def pay(self):
        pending = Withdrawal.objects.filter(status="pending")
        assert {withdrawal.entry_id for withdrawal in pending} == self.to_pay()
        assert all(row.done for row in withdrawals.mark_paid(pending, "BANK-1", self.finance))
        self.paid |= self.to_pay()

    @precondition(lambda self: self.open_entries("withdrawal", taken_by="return"))
    @rule(data=st.data())
    def bounce(self, data):
        taken = self.draw_open(data, "withdrawal", taken_by="return")
        [outcome] = withdrawals.give_back(
            Withdrawal.objects.filter(entry=taken), "It bounced", self.finance
        )
        assert outcome.done, outcome.problem
        who, _, cents = self.entries[taken.pk]
        self.posted(who, taken.referred_by.get(), "return", -cents)

    @rule(plan=st.sampled_from(PLANS), cycle=st.sampled_from(["annual", "monthly"]), to=amounts)
    def new_price(self, plan, cycle, to):
        """From tomorrow; nothing that was posted moves."""
        day = self.tomorrow()
        if day not in self.prices[plan, cycle]:
            Price.objects.create(
                plan=self.plans[plan], billing_cycle=cycle, monthly=to, valid_from=day
            )
            self.prices[plan, cycle][day] = int(to * 100)

    @rule(fee=amounts, hundredths=st.integers(100, 10_000))
    def new_terms(self, fee, hundredths):
        day = self.tomorrow()
        if not CommissionTerms.objects.filter(valid_from=day).exists():
            terms = CommissionTerms.objects.latest("valid_from")
            terms.pk, terms.valid_from, terms.flat_fee = None, day, fee
            terms.share_percent = Decimal(hundredths).scaleb(-2)
            terms.save(force_insert=True)

    def tomorrow(self) -> date:
        return self.at.date() + timedelta(days=1)

    def posted(self, who, entry, kind, cents):
        self.entries[entry.pk] = (who, kind, cents)
        if entry.refers_to_id:
            self.referring[entry.refers_to_id].add(kind)
        if kind in (*COMPUTED, "reversal"):
            self.net[entry.reference] += cents

    # What must hold after each step

    def expected(self, who):
        of = [(kind, cents) for owner, kind, cents in self.entries.values() if owner == who]
        withdrawn = -sum(cents for kind, cents in of if kind in ("withdrawal", "return"))
        pending = sum(
            self.net[reference]
            for reference, (owner, at) in self.credited.items()
            if owner == who and at.date() + timedelta(days=self.holding_days) > self.at.date()
        )
        total = sum(cents for _, cents in of)
        return {"pending": pending, "available": total - pending, "withdrawn": withdrawn}

    @invariant()
    def audit_finds_nothing(self):
        # It reads everything. What it could find stays, so that after the last step is enough to
        # find it, and every few steps to tell after which.
        self.steps += 1
        if self.steps % AUDIT_EVERY == 0:
            self.assert_audit_finds_nothing()

    def assert_audit_finds_nothing(self):
        assert [*audit.audit(Scope(), lambda count: None), *leads_audit.audit(Scope())] == []

    @invariant()
    def every_entry_is_of_what_it_must_be_and_stays_as_it_is(self):
        now = {row["id"]: row for row in LedgerEntry.objects.values()}
        assert {
            pk: (row["account_id"], row["kind"], row["amount"] * 100) for pk, row in now.items()
        } == {
            pk: (self.owners[who].partner.account.pk, kind, cents)
            for pk, (who, kind, cents) in self.entries.items()
        }
        assert {pk: now[pk] for pk in self.stored} == self.stored
        for pk in now.keys() - self.stored.keys():
            if now[pk]["kind"] in COMPUTED:
                assert explanation.recompute(now[pk]["explanation"]) == now[pk]["amount"]
        self.stored = now

    @invariant()
    def balances_are_what_they_must_be(self):
        for who, owner in enumerate(self.owners):
            account = Account.objects.filter(partner=owner.partner).first()
            if account is not None:
                sums = balances(account, self.at)
                found = {name: getattr(sums, name) * 100 for name in self.expected(who)}
                assert found == self.expected(who)
                assert sums.total == sums.pending + sums.available + sums.withdrawn


class HistoryWithHolding(History):
    holding_days = 30


@pytest.mark.django_db
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "history",
    [
        pytest.param(History, marks=pytest.mark.postgresql),
        pytest.param(HistoryWithHolding, marks=pytest.mark.sqlite),
    ],
)
def test_recomputed_equals_stored_for_any_history(history):
    run_state_machine_as_test(
        history,
        settings=how(
            max_examples=4,
            stateful_step_count=20,
            deadline=None,
            # A failure of twenty steps is read faster than it is made smaller.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
