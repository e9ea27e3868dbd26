"""A win: what the final lines come to, under which prices and terms, and its one credit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from commissions import explanation, ledger
from commissions.calculator import CalculationError
from commissions.chain import verify_chain
from commissions.models import Account, CommissionTerms, LedgerEntry, Price
from leads import emails
from leads.decisions import Decision, DecisionError, decide, price_win
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent
from leads.status import Status
from tests.factories import BUNDLE_5, BUSINESS_5, LeadFactory
from tests.leads.answers import plan
from tests.leads.world import one, world


@pytest.fixture
def approved(partner_user):
    """Make an approved lead of the organisation."""

    def make(**fields):
        return LeadFactory(
            partner=partner_user.partner,
            submitted_by=partner_user,
            status=Status.APPROVED,
            **fields,
        )

    return make


def row(product, code, agents=None, cycle="annual", **agreed):
    return {"plan": plan(product, code), "agents": agents, "billing_cycle": cycle, **agreed}


def win(lines, message="Signed today."):
    return Decision(to=Status.WON, message=message, lines=[row(*line) for line in lines])


def won_with(*rows):
    return Decision(to=Status.WON, message="Signed today.", lines=rows)


@pytest.mark.parametrize(
    ("commission_type", "lines", "credited"),
    [
        ("rev_share", BUSINESS_5, "354.00"),
        ("rev_share", BUNDLE_5, "528.00"),
        ("flat_fee", BUSINESS_5, "500.00"),
        ("flat_fee", BUNDLE_5, "500.00"),
    ],
)
def test_the_briefs_examples_are_credited(approved, sales_user, commission_type, lines, credited):
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
    lead = Lead.objects.get()
    assert [line.stage for line in lead.current_lines] == ["final"] * 3
    assert [line.stage for line in lead.submitted_lines] == ["submitted"]
    assert lead.estimated_commission == Decimal("354.00"), "the estimate is what was shown"


# Which prices, which terms


@pytest.fixture
def later_terms_and_prices(approved):
    """A lead of last month, and prices and terms that changed since."""
    today = timezone.localdate()
    lead = approved(submitted_at=timezone.now() - timedelta(days=30), lines=BUSINESS_5)
    for product, code, monthly in (("livechat", "business", 70), ("helpdesk", "team", 35)):
        Price.objects.create(
            plan=plan(product, code),
            billing_cycle="annual",
            monthly=Decimal(monthly),
            valid_from=today,
        )
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from = None, today - timedelta(days=1)
    terms.flat_fee, terms.share_percent = Decimal(100), Decimal(1)
    terms.save()
    return lead


def test_prices_are_those_of_the_day_it_was_won(later_terms_and_prices, sales_user):
    decide(one(later_terms_and_prices), win(BUNDLE_5), sales_user)
    entry = LedgerEntry.objects.get()
    # 12 × 5 × $70 + 12 × 5 × $35 = $6,300, and 10 % of it
    assert entry.amount == Decimal("630.00")
    frozen = explanation.thaw(entry.explanation)
    assert {line.price_from for line in frozen.lines} == {timezone.localdate()}


@pytest.mark.parametrize(("type_", "amount"), [("rev_share", "420.00"), ("flat_fee", "500.00")])
def test_terms_are_those_of_the_day_it_was_submitted(
    later_terms_and_prices, sales_user, type_, amount
):
    lead = later_terms_and_prices
    Lead.objects.update(commission_type=type_)
    decide(one(lead), win(BUSINESS_5), sales_user)
    entry = LedgerEntry.objects.get()
    assert entry.amount == Decimal(amount)
    assert explanation.thaw(entry.explanation).terms.valid_from == date(2023, 1, 1)


def test_a_price_of_tomorrow_is_not_todays(approved, sales_user):
    lead = approved()
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal(1_000),
        valid_from=timezone.localdate() + timedelta(days=1),
    )
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("354.00")


@pytest.mark.parametrize(("zone", "amount"), [("UTC", "354.00"), ("Pacific/Auckland", "420.00")])
def test_the_day_it_was_won_is_one_of_the_businesss_time_zone(
    approved, sales_user, settings, monkeypatch, zone, amount
):
    settings.TIME_ZONE = zone
    lead = approved()
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal(70),
        valid_from=date(2026, 12, 1),
    )
    # 23:30 on 30 November in London, 12:30 on 1 December in Auckland
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("leads.decisions.timezone.now", lambda: at)
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal(amount)


# Lines without a price, and prices that were agreed


def test_a_plan_without_a_price_is_refused(approved, sales_user):
    lead = approved()
    before = world()
    with pytest.raises(DecisionError, match="LiveChat Enterprise has no list price"):
        decide(one(lead), win((*BUSINESS_5, ("livechat", "enterprise", 40))), sales_user)
    assert world() == before


def test_for_the_fixed_fee_too(approved, sales_user):
    lead = approved(commission_type="flat_fee")
    with pytest.raises(DecisionError, match="no list price"):
        decide(one(lead), win((("livechat", "enterprise", 40),)), sales_user)


@pytest.mark.parametrize(
    ("agreed", "amount", "words"),
    [
        (
            {"agreed_price": Decimal("99.50")},
            "4776.00",
            "12 × 40 agents × $99.50 (agreed) = $47,760.00",
        ),
        ({"agreed_annual": Decimal("12345.67")}, "1234.57", "$12,345.67 a year, as agreed"),
    ],
)
def test_what_was_agreed_is_the_price(approved, sales_user, agreed, amount, words):
    lead = approved()
    decide(one(lead), won_with(row("livechat", "enterprise", 40, **agreed)), sales_user)
    entry = LedgerEntry.objects.get()
    assert entry.amount == Decimal(amount)
    assert f"LiveChat Enterprise: {words}" in explanation.steps(entry.explanation)
    stored = DealLine.objects.get(lead=lead, stage="final")
    assert stored.price_from is None
    assert stored.monthly_price == agreed.get("agreed_price")
    assert stored.agreed_annual == agreed.get("agreed_annual")


def test_what_was_agreed_goes_before_the_list(approved, sales_user):
    lead = approved()
    agreed = row("livechat", "business", 5, agreed_price=Decimal(50))
    decide(one(lead), won_with(agreed), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("300.00")


@pytest.mark.parametrize(
    ("annual", "amount"), [("0.05", "0.01"), ("0.14", "0.01"), ("0.15", "0.02"), ("5.00", "0.50")]
)
def test_a_commission_of_a_cent_is_credited_rounded_half_up(approved, sales_user, annual, amount):
    agreed = row("livechat", "enterprise", 40, agreed_annual=Decimal(annual))
    decide(one(approved()), won_with(agreed), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal(amount)


@pytest.mark.parametrize(
    "agreed",
    [
        {"agreed_price": Decimal(0)},
        {"agreed_annual": Decimal(0)},
        {"agreed_annual": Decimal("0.04")},
    ],
)
def test_a_win_that_pays_nothing_is_refused(approved, sales_user, agreed):
    lead = approved()
    before = world()
    with pytest.raises(DecisionError, match=r"\$0\.00"):
        decide(one(lead), won_with(row("livechat", "business", 5, **agreed)), sales_user)
    assert world() == before


def test_a_fixed_fee_of_nothing_is_refused_too(approved, sales_user):
    lead = approved(commission_type="flat_fee")
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from, terms.flat_fee = None, timezone.localdate(), Decimal(0)
    terms.save()
    Lead.objects.update(terms=terms)
    with pytest.raises(DecisionError, match=r"\$0\.00"):
        decide(one(lead), win(BUSINESS_5), sales_user)


@pytest.mark.parametrize("lines", [(), []])
def test_a_win_without_lines_is_refused(approved, sales_user, lines):
    with pytest.raises(DecisionError, match="at least one line"):
        decide(one(approved()), Decision(to="won", message="x", lines=lines), sales_user)


@pytest.mark.parametrize(
    "rows",
    [
        [("livechat", "business", None)],
        [("livechat", "business", 0)],
        [("livechat", "business", 100_001)],
        [("livechat", "business", 5, "annual", {"agreed_price": Decimal(-1)})],
    ],
)
def test_lines_without_a_meaning_are_refused_and_leave_nothing(approved, sales_user, rows):
    lead = approved()
    chosen = [row(*line[:4], **(line[4] if line[4:] else {})) for line in rows]
    before = world()
    with pytest.raises((DecisionError, CalculationError)):
        decide(one(lead), won_with(*chosen), sales_user)
    assert world() == before


def test_the_price_shown_before_is_the_one_credited(approved, sales_user):
    lead = approved()
    shown = price_win(lead, win(BUNDLE_5).lines, timezone.localdate())
    decide(one(lead), win(BUNDLE_5), sales_user)
    assert LedgerEntry.objects.get().amount == shown.commission(lead.commission_type)


def test_a_lead_of_an_import_without_lines_can_be_won(sales_user, db):
    lead = LeadFactory(source="import", status=Status.APPROVED)
    assert lead.estimate == ""
    decide(one(lead), win(BUSINESS_5), sales_user)
    assert LedgerEntry.objects.get().amount == Decimal("354.00")


# Exactly once, and together


def test_a_second_win_is_a_problem_and_posts_nothing(approved, sales_user):
    lead = approved()
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
    "the credit": (ledger, "credit"),
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
