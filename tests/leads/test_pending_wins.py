"""Wins that one person may not post: requested, approved by another, declined, canceled, closed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from commissions.ledger import references
from commissions.ledger.models import LedgerEntry
from commissions.ledger.snapshot import Scope
from leadportal.approvals import decisions as approvals
from leadportal.approvals.models import Approval
from leadportal.db.groups import SALES
from leads.decisions import Outcome, decide
from leads.models import DealLine, EventText, Lead, LeadEvent, PendingWinText
from leads.pending_wins import unusual, why_second_person
from leads.status import Status
from leads.triage.corrections import correct
from tests.factories import BUSINESS_5, LeadFactory, StaffFactory
from tests.leads.world import decision, one, row, world
from tests.past_guards import past_guards
from tests.race import race

pytestmark = pytest.mark.database


@pytest.fixture
def colleague(db):
    """Another one of sales."""
    return StaffFactory(email="sid@vendor.example", name="Sid Sales", groups=(SALES,))


def large(annual="90000.00"):
    """A win of $9,000.00 for a lead that was estimated at $354.00."""
    line = row("livechat", "business", 5, agreed_annual=Decimal(annual))
    return decision(Status.WON, lines=[line], message="Signed!", note="Checked the contract.")


@pytest.fixture
def asked(approved, sales_user):
    """A lead whose win awaits approval."""
    lead = approved(company_name="Nordwind Retail")
    (outcome,) = decide(one(lead), large(), sales_user)
    assert outcome.request is not None
    return outcome.request


def lead_of(request):
    return Lead.objects.get(pk=request.data["lead"])


@pytest.mark.parametrize(
    ("commission", "estimated", "limit", "factor", "why"),
    [
        ("5000.00", None, "5000.00", "3", ()),
        ("5000.01", None, "5000.00", "3", ("$5,000.01 is above the limit of $5,000.00",)),
        ("1062.00", "354.00", "5000.00", "3", ()),
        ("1062.01", "354.00", "5000.00", "3", ("more than 3 times the estimate of $354.00",)),
        ("9000.00", "354.00", "5000.00", "3", ("above the limit", "more than 3 times")),
        ("9000.00", "354.00", "9000.00", "26", ()),
    ],
)
def test_limits_are_exact(db, settings, commission, estimated, limit, factor, why):
    settings.CREDIT_APPROVAL_LIMIT = Decimal(limit)
    settings.ESTIMATE_APPROVAL_FACTOR = Decimal(factor)
    lead = Lead(estimated_commission=None if estimated is None else Decimal(estimated))
    reasons = why_second_person(lead, Decimal(commission), [])
    assert len(reasons) == len(why)
    for reason, words in zip(reasons, why, strict=True):
        assert words in reason


def test_win_above_a_limit_is_stored_and_nothing_is_posted(asked, sales_user, colleague, superuser):
    lead = lead_of(asked)
    assert (lead.status, lead.credit_id, lead.last_event) == ("approved", None, 2)
    assert not LedgerEntry.objects.exists()
    assert not DealLine.objects.filter(lead=lead, stage="final").exists()
    assert (asked.subject, asked.amount, asked.requested_by) == (
        lead.reference,
        Decimal("9000.00"),
        sales_user,
    )
    assert "above the limit of $5,000.00" in asked.reason
    assert "more than 3 times the estimate of $354.00" in asked.reason
    assert PendingWinText.objects.get().message == "Signed!"
    # People's words can be erased; the request itself is never changed.
    assert "Signed!" not in str(Approval.objects.values().get())


def test_second_person_posts_exactly_what_was_requested(asked, sales_user, colleague, mailoutbox):
    mailoutbox.clear()
    approvals.approve(asked, colleague, "Fine")
    lead = lead_of(asked)
    entry = LedgerEntry.objects.get()
    assert (lead.status, lead.credit) == ("won", entry)
    assert (entry.amount, entry.posted_by, entry.approval) == (asked.amount, sales_user, asked)
    event = LeadEvent.objects.get(lead=lead, to_status="won")
    assert (event.actor, event.approval.decided_by) == (sales_user, colleague)
    words = EventText.objects.get(event=event)
    assert (words.message, words.note) == ("Signed!", "Checked the contract.")
    assert not PendingWinText.objects.exists(), "the words are in one place"
    (line,) = DealLine.objects.filter(lead=lead, stage="final")
    assert (line.agents, line.agreed_annual) == (5, Decimal("90000.00"))
    assert sorted(message.to[0] for message in mailoutbox) == [
        lead.submitted_by.email,
        sales_user.email,
    ]


def test_nobody_is_both_people(asked, sales_user, superuser):
    for decided in (approvals.approve, approvals.decline):
        with pytest.raises(PermissionDenied):
            decided(asked, sales_user, "It is me")
    (own,) = decide(one(LeadFactory(status=Status.APPROVED)), large(), superuser)
    with pytest.raises(PermissionDenied):
        approvals.approve(own.request, superuser)
    assert not LedgerEntry.objects.exists()


def test_while_it_waits_the_lead_is_not_won_otherwise(asked, colleague, sales_user):
    before = world()
    for user in (sales_user, colleague):
        (outcome,) = decide(one(lead_of(asked)), decision(Status.WON), user)
        assert not outcome.moved
        assert "already awaiting approval, requested by Sally Sales" in outcome.problem
    assert world() == before


def test_lost_lead_closes_the_request_and_says_so(asked, colleague, mailoutbox, sales_user):
    mailoutbox.clear()
    (outcome,) = decide(one(lead_of(asked)), decision(Status.LOST), colleague)
    assert outcome.moved
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("canceled", colleague)
    assert asked.message == "The lead became Lost in the meantime."
    assert sales_user.email in [message.to[0] for message in mailoutbox]
    with pytest.raises(approvals.AlreadyDecided):
        approvals.approve(asked, StaffFactory(is_superuser=True))


@pytest.mark.parametrize("by", ["declined", "canceled"])
def test_refused_win_can_be_entered_again_below_the_limit(asked, sales_user, colleague, by):
    if by == "declined":
        approvals.decline(asked, colleague, "The contract says 9,000 a year.")
    else:
        approvals.cancel(asked, sales_user)
    (outcome,) = decide(one(lead_of(asked)), large("9000.00"), sales_user)
    assert outcome.moved
    assert LedgerEntry.objects.get().amount == Decimal("900.00")
    assert LedgerEntry.objects.get().approval is None


def test_it_is_priced_again_and_must_come_to_the_approved_amount(asked, colleague, monkeypatch):
    from leads import decisions

    real = decisions.price_win

    def other(lead, lines, day, zero_reason):
        return real(lead, [row("livechat", "business", 5)], day, zero_reason)

    monkeypatch.setattr(decisions, "price_win", other)
    with pytest.raises(approvals.Refused, match=r"would be \$354.00 now, not \$9,000.00"):
        approvals.approve(asked, colleague)
    asked.refresh_from_db()
    assert asked.is_pending
    assert lead_of(asked).status == "approved"


def test_priced_as_of_the_day_it_was_requested(asked, colleague, monkeypatch):
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    approvals.approve(asked, colleague)
    assert LedgerEntry.objects.get().amount == asked.amount


# The audit


@pytest.mark.parametrize("change", ["amount", "state", "requested_by", "subject"])
def test_audit_names_an_entry_that_is_not_what_was_approved(asked, colleague, superuser, change):
    approvals.approve(asked, colleague)
    entry = LedgerEntry.objects.get()
    scope = Scope(None, None)
    assert list(references.approvals(scope)) == []
    values = {"amount": Decimal("8999.99"), "state": "declined", "requested_by": superuser}
    values["subject"] = "LD-OTHER"
    with past_guards():
        Approval.objects.filter(pk=asked.pk).update(**{change: values[change]})
    (fault,) = references.approvals(scope)
    said = f"entry {entry.number}: is not what was approved by request {asked.pk}"
    assert str(fault).endswith(said)


# The same customer


@pytest.mark.parametrize("corrected", ["", "lead", "first"])
def test_second_win_of_a_customer_needs_a_second_person(
    approved, stranger, sales_user, colleague, corrected
):
    first = LeadFactory(
        partner=stranger.partner,
        submitted_by=stranger,
        domain="acme.example",
        status=Status.WON,
    )
    lead = approved(domain="acme.example", lines=BUSINESS_5)
    if corrected:  # which does not help
        changed = lead if corrected == "lead" else first
        correct(changed.pk, {"domain": "acme-group.example"}, sales_user)
        first.refresh_from_db()
    (outcome,) = decide(one(lead), decision(Status.WON), sales_user)
    assert outcome.request.reason == (
        f"The customer was already won as {first.domain}: {first.reference} of Somebody Else."
    )
    approvals.approve(outcome.request, colleague)
    assert lead_of(outcome.request).status == "won"
    elsewhere = approved(domain="else.example", lines=BUSINESS_5)
    assert decide(one(elsewhere), decision(Status.WON), sales_user)[0].moved


# Unusual amounts below the limits


def test_unusual_amounts_are_named(approved):
    from leads.decisions import price_win

    lead, day = approved(lines=BUSINESS_5), timezone.localdate()

    def warned(*lines):
        return unusual(lead, lines, price_win(lead, lines, day), day)

    assert warned(row("livechat", "business", 5)) == []
    assert warned(row("livechat", "business", 7, agreed_price=Decimal("59.00"))) == []
    assert warned(row("livechat", "business", 8)) == [
        "The commission of $566.40 is more than 1.5 times the estimate of $354.00. "
        "Check the agents and prices."
    ]
    (warning,) = warned(row("livechat", "business", 1, agreed_price=Decimal("118.01")))
    assert "the agreed $1,416.12 a year is more than 2 times the list price, $708.00" in warning
    assert warned(row("livechat", "enterprise", 1, agreed_annual=Decimal("900.00"))) == []


# Many at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["approve", "cancel", "lose"])
def test_of_two_at_once_one_decides(approved, sales_user, colleague, superuser, other):
    (outcome,) = decide(one(approved()), large(), sales_user)
    asked = outcome.request
    acts = {
        "approve": lambda: approvals.approve(asked, superuser),
        "cancel": lambda: approvals.cancel(asked, sales_user),
        "lose": lambda: decide(one(lead_of(asked)), decision(Status.LOST), superuser)[0],
    }
    done = race(2, lambda n: acts[other]() if n else approvals.approve(asked, colleague))
    asked.refresh_from_db()
    lead = lead_of(asked)
    if asked.state == "approved":
        assert (lead.status, LedgerEntry.objects.count()) == ("won", 1)
        loser = done[0] if asked.decided_by == superuser else done[1]
    else:
        assert asked.state == "canceled"
        assert lead.status == ("lost" if other == "lose" else "approved")
        assert not LedgerEntry.objects.exists()
        loser = done[0]
    if isinstance(loser, Outcome):
        assert "Already decided: Won" in loser.problem
    else:
        assert isinstance(loser, approvals.AlreadyDecided)


@pytest.mark.django_db(transaction=True)
def test_two_leads_of_a_customer_are_not_won_at_once(approved, sales_user, colleague):
    leads = [approved(domain="acme.example", lines=BUSINESS_5) for _ in range(2)]
    people = [sales_user, colleague]
    outcomes = race(2, lambda n: decide(one(leads[n]), decision(Status.WON), people[n])[0])
    assert sorted(outcome.moved for outcome in outcomes) == [False, True]
    assert LedgerEntry.objects.count() == 1
    assert Approval.objects.awaiting().count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_win_is_requested_once_at_a_time(approved, sales_user, colleague):
    lead, people = approved(), [sales_user, colleague]
    outcomes = race(2, lambda n: decide(one(lead), large(), people[n])[0])
    assert sorted(outcome.request is not None for outcome in outcomes) == [False, True]
    assert Approval.objects.count() == PendingWinText.objects.count() == 1
