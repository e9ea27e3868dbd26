"""A win: what the final lines come to, and its one credit."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail

from commissions import explanation
from commissions.ledger import posting
from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leads import emails
from leads.decisions import decide
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent
from leads.status import Status
from tests.factories import BUNDLE_5, BUSINESS_5, LeadFactory
from tests.leads.world import one, win, world
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once
def kept() -> Lead:
    """An approved lead: 5 agents of LiveChat Business, a share."""
    return LeadFactory(status=Status.APPROVED)


@pytest.fixture
def lead(made):
    return made


@pytest.mark.parametrize(
    ("commission_type", "lines", "credited"),
    [
        ("rev_share", BUSINESS_5, "354.00"),
        ("rev_share", BUNDLE_5, "528.00"),
        ("flat_fee", BUSINESS_5, "500.00"),
        ("flat_fee", BUNDLE_5, "500.00"),
    ],
)
def test_worked_examples_are_credited(approved, sales_user, commission_type, lines, credited):
    lead = approved(commission_type=commission_type)
    (outcome,) = decide(one(lead), win(lines), sales_user)
    assert outcome.moved
    lead.refresh_from_db()
    entry = LedgerEntry.objects.get()
    assert lead.credit == outcome.lead.credit == entry
    assert (entry.amount, entry.kind, entry.reference, entry.posted_by) == (
        Decimal(credited),
        "commission",
        lead.reference,
        sales_user,
    )
    assert entry.account.partner == lead.partner
    assert entry.account.balance == Decimal(credited)
    assert explanation.recompute(entry.explanation) == Decimal(credited)
    assert verify_chain(entry.account) == []
    (message,) = mail.outbox
    assert f"${credited}" in message.subject
    for step in explanation.steps(entry.explanation):
        assert step in message.body


def test_the_final_lines_stand_beside_those_that_were_sent(approved, sales_user):
    lead = approved(lines=BUSINESS_5)
    decide(one(lead), win((*BUNDLE_5, ("chatbot", "team"))), sales_user)
    rows = DealLine.objects.filter(lead=lead).values_list(
        "stage", "position", "plan__product__code", "agents", "monthly_price", "price_from"
    )
    since = date(2023, 1, 1)
    assert list(rows.order_by("stage", "position")) == [
        ("final", 1, "livechat", 5, Decimal(59), since),
        ("final", 2, "helpdesk", 5, Decimal(29), since),
        ("final", 3, "chatbot", None, Decimal(142), since),
        ("submitted", 1, "livechat", 5, Decimal(59), since),
    ]
    lead = Lead.objects.get(pk=lead.pk)
    assert [name.split(" ×")[0] for name in lead.products] == [
        "LiveChat Business",
        "HelpDesk Team",
        "ChatBot Team",
    ]
    assert [line.stage for line in lead.submitted_lines] == ["submitted"]
    assert lead.estimated_commission == Decimal("354.00"), "the estimate is what was shown"


# Exactly once, and together


def test_a_second_win_is_a_problem_and_posts_nothing(lead, sales_user):
    decide(one(lead), win(BUNDLE_5), sales_user)
    before = world()
    (outcome,) = decide(one(lead), win(BUNDLE_5), sales_user)
    assert outcome.problem.startswith("Already decided: Won, by Sally Sales on ")
    assert world() == before


def test_each_win_continues_the_chain_of_its_account(approved, stranger, sales_user):
    for lines in (BUSINESS_5, BUNDLE_5, BUSINESS_5):
        decide(one(approved()), win(lines), sales_user)
    other = LeadFactory(partner=stranger.partner, status=Status.APPROVED)
    decide(one(other), win(BUSINESS_5), sales_user)
    first, second = Account.objects.order_by("pk")
    assert [entry.number for entry in first.entries.order_by("number")] == [1, 2, 3]
    assert (first.balance, second.balance) == (Decimal("1236.00"), Decimal("354.00"))
    assert verify_chain(first) == verify_chain(second) == []


STEPS = {
    "the credit": (posting, "credit"),
    "the ledger's entry": (LedgerEntry, "save"),
    "the account": (Account, "save"),
    "the final lines": (DealLine.objects, "add"),
    "the history": (LeadEvent.objects, "bulk_create"),
    "the words": (EventText.objects, "bulk_create"),
    "the counters": (LeadCount.objects, "add"),
    "the mail": (emails, "send_decided"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_of_a_win_changes_nothing(
    approved, sales_user, outbox, monkeypatch, step
):
    owner, name = STEPS[step]
    done = getattr(owner, name)
    lead = approved()
    decide(one(approved()), win(BUSINESS_5), sales_user)
    before, queued = world(), outbox.count()

    def fail(*args, **kwargs):
        done(*args, **kwargs)
        raise RuntimeError(step)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        with pytest.raises(RuntimeError, match=step):
            decide(one(lead), win(BUNDLE_5), sales_user)
    assert world() == before
    assert outbox.count() == queued
    assert decide(one(lead), win(BUNDLE_5), sales_user)[0].moved
    assert verify_chain(Account.objects.get()) == []
