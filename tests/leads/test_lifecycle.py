"""Any order of submitting, deciding, correcting and beginning again leaves the books in order."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leads.decisions import decide
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.search import search
from leads.status import REASONS, TRANSITIONS, Status
from leads.submission import drafts
from leads.submission.resubmission import answers
from leads.triage.corrections import correct
from tests.factories import BUNDLE_5, BUSINESS_5, StaffFactory, UserFactory
from tests.leads.answers import deal, draft_of, whole
from tests.leads.world import decision

pytestmark = pytest.mark.database

LOOK_EVERY = 5


class Lifecycle(RuleBasedStateMachine):
    """Two organizations, two people of sales, and whatever they do."""

    drafts = Bundle("drafts")

    def __init__(self):
        super().__init__()
        # Each example is undone: the database is the test's.
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.partners = [UserFactory(), UserFactory()]
        self.sales = [StaffFactory(groups=("Sales",)) for _ in range(2)]
        self.expected = {}  # the lead's id: the status it must have
        self.names = {}  # the lead's id: the company's name it must have
        self.at = timezone.now() - timedelta(days=30)
        self.steps = 0

    def teardown(self):
        try:
            self.assert_every_history_and_account_is_right()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @rule(target=drafts, who=st.sampled_from([0, 1]), lines=st.sampled_from([BUSINESS_5, BUNDLE_5]))
    def begin_and_submit(self, who, lines):
        draft = draft_of(self.partners[who], {**whole(), **deal(lines)})
        self.submit(draft)
        return draft

    @rule(draft=drafts)
    def submit(self, draft):
        self.at += timedelta(minutes=1)
        known = Draft.objects.get(pk=draft.pk).lead_id
        lead = drafts.submit(draft.pk, draft.author, self.at)
        if known:
            assert lead.pk == known
        else:
            assert lead.pk not in self.expected
            self.expected[lead.pk] = Status.SUBMITTED
            self.names[lead.pk] = lead.company_name

    @precondition(lambda self: self.open_moves())
    @rule(data=st.data())
    def move(self, data):
        pk, to = data.draw(st.sampled_from(self.open_moves()))
        self._decide(Lead.objects.filter(pk=pk), to, 0)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), to=st.sampled_from(Status), who=st.sampled_from([0, 1]))
    def move_or_not(self, data, to, who):
        pk = data.draw(st.sampled_from(sorted(self.expected)))
        self._decide(Lead.objects.filter(pk=pk), to, who)

    @precondition(lambda self: self.expected)
    @rule(to=st.sampled_from([Status.APPROVED, Status.REJECTED, Status.LOST]), data=st.data())
    def move_some(self, to, data):
        some = data.draw(st.sets(st.sampled_from(sorted(self.expected))))
        self._decide(Lead.objects.filter(pk__in=some), to, 0)

    def open_moves(self):
        return [(pk, to) for pk, now in sorted(self.expected.items()) for to in TRANSITIONS[now]]

    def _decide(self, leads, to, who):
        for outcome in decide(leads, decision(to), self.sales[who]):
            assert outcome.moved == (to in TRANSITIONS[self.expected[outcome.lead.pk]])
            if outcome.moved:
                self.expected[outcome.lead.pk] = to

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), name=st.sampled_from(["Südwind", "Nordwind Retail", "Ветер"]))
    def correct(self, data, name):
        pk = data.draw(st.sampled_from(sorted(self.expected)))
        correct(pk, {"company_name": name}, self.sales[0])
        self.names[pk] = name

    @rule(target=drafts, draft=drafts)
    def begin_again(self, draft):
        lead = Draft.objects.get(pk=draft.pk).lead
        if lead is None:
            return draft
        again = drafts.save(uuid4(), draft.author, lambda typed: answers(lead), self.at)
        assert again.answers["company_name"] == self.names[lead.pk]
        return draft_of(draft.author, {**whole(), **again.answers})

    @invariant()
    def every_lead_has_the_status_and_the_name_it_must_have(self):
        leads = Lead.objects.values_list("pk", "status", "company_name")
        assert set(leads) == {(pk, to, self.names[pk]) for pk, to in self.expected.items()}

    @invariant()
    def counters_equal_what_they_count(self):
        counted = {
            (row.partner_id, row.status): row.count for row in LeadCount.objects.all() if row.count
        }
        assert counted == Counter(Lead.objects.order_by().values_list("partner_id", "status"))

    @invariant()
    def won_has_exactly_one_credit_and_nothing_else_has_any(self):
        won = Lead.objects.filter(status=Status.WON).values_list("credit", "reference")
        assert set(won) == set(LedgerEntry.objects.values_list("pk", "reference"))
        finals = DealLine.objects.filter(stage="final").values_list("lead__status", flat=True)
        assert set(finals) <= {Status.WON}

    @invariant()
    def every_history_and_account_is_right(self):
        # Whatever is wrong there stays: every few steps tell when it came.
        self.steps += 1
        if self.steps % LOOK_EVERY == 0:
            self.assert_every_history_and_account_is_right()

    def assert_every_history_and_account_is_right(self):
        self.assert_every_account_is_the_sum_of_a_valid_chain()
        self.assert_every_history_is_a_legal_path_to_the_status()

    def assert_every_account_is_the_sum_of_a_valid_chain(self):
        for account in Account.objects.all():
            assert verify_chain(account) == []
            won = Lead.objects.filter(partner=account.partner, status=Status.WON).count()
            assert account.balance == Decimal("354.00") * won

    def assert_every_history_is_a_legal_path_to_the_status(self):
        of_lead = defaultdict(list)
        for event in LeadEvent.objects.order_by("pk"):
            of_lead[event.lead_id].append(event)
        for pk, status in self.expected.items():
            events = of_lead[pk]
            assert events[0].kind == "submitted"
            now = events[0].to_status
            for event in events[1:]:
                assert event.from_status == now
                if event.kind == "moved":
                    assert event.to_status in TRANSITIONS[now]
                    assert bool(event.reason) == (event.to_status in REASONS)
                else:
                    assert (event.kind, event.to_status) == ("corrected", now)
                now = event.to_status
            assert now == status

    @invariant()
    def search_knows_every_name(self):
        for name in set(self.names.values()):
            found = set(search(Lead.objects.all(), name).values_list("pk", flat=True))
            assert found == {pk for pk, known in self.names.items() if known == name}


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_any_order_of_events_leaves_the_books_in_order():
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            # A failure of twenty steps is read faster than it is made smaller.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
