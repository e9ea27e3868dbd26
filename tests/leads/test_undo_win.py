"""A won lead whose commission is reversed: it stays won, becomes lost, or can be won again."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from commissions.ledger import amendments, posting
from commissions.ledger.credits import current_credits
from commissions.ledger.errors import AlreadyCredited, AlreadyPosted, EntryRefused
from commissions.ledger.models import Account, LedgerEntry
from leads.decisions import DecisionError, decide, undo_win
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.status import Reason, Status
from leads.triage.undoing import LeadSubject
from tests.commissions.finance import address, said, text
from tests.factories import BUSINESS_5, LeadFactory, follow
from tests.leads.books import IN_ORDER, audited
from tests.leads.browser import LIST
from tests.leads.world import decision, one, row, world
from tests.race import race
from tests.sessions import sign_in

pytestmark = pytest.mark.database

REASON = "They never signed"


@pytest.fixture
def won(partner_user, sales_user, finance_user):
    """A lead credited with $354.00."""
    lead = LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        status=Status.APPROVED,
        company_name="Nordwind Retail",
        lines=BUSINESS_5,
    )
    decide(one(lead), decision(Status.WON), sales_user)
    mail.outbox.clear()
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def finance(client, finance_user):
    sign_in(client, finance_user)
    return client


def page_of(lead):
    return address("ledgerentry", "reverse", lead.credit_id)


def post(client, lead, becomes="", **typed):
    data = {"do": "post", "reason": REASON, "becomes": becomes}
    return client.post(page_of(lead), data | typed)


def state(lead):
    """Status, credit and final lines of the lead, its partner's counters and balance."""
    lead = Lead.objects.get(pk=lead.pk)
    counts = LeadCount.objects.filter(partner=lead.partner, count__gt=0)
    return {
        "status": lead.status,
        "is credited": lead.credit_id is not None,
        "final lines": lead.lines.filter(stage=DealLine.Stage.FINAL).count(),
        "counted": dict(counts.values_list("status", "count")),
        "balance": Account.objects.get(partner=lead.partner).balance,
    }


def undone(lead, finance_user, to=Status.APPROVED):
    amendments.reverse(lead.credit, REASON, finance_user)
    return undo_win(lead.pk, decision(to), finance_user)


@pytest.mark.parametrize(
    ("becomes", "typed", "subjects"),
    [
        (Status.WON, {}, ["Commission reversed: −$354.00 for Nordwind Retail ({})"]),
        (
            Status.LOST,
            {"lost_because": Reason.NO_BUDGET},
            [
                "Commission reversed: −$354.00 for Nordwind Retail ({})",
                "Nordwind Retail was lost: {}",
            ],
        ),
        (
            Status.APPROVED,
            {},
            [
                "Commission reversed: −$354.00 for Nordwind Retail ({})",
                "Nordwind Retail is not won yet: {}",
            ],
        ),
    ],
)
def test_finance_answer_what_becomes_of_the_lead(
    finance, finance_user, partner_user, won, becomes, typed, subjects
):
    shown = text(finance.get(page_of(won)))
    assert "What happens to the lead?" in shown
    response = post(finance, won, becomes, **typed)
    is_won = becomes == Status.WON
    assert f"{won} is {'still' if is_won else 'now'} {becomes.label}." in said(response)[0]
    assert state(won) == {
        "status": becomes,
        "is credited": is_won,
        "final lines": 1 if is_won else 0,
        "counted": {becomes: 1},
        "balance": 0,
    }
    assert [message.subject for message in mail.outbox] == [
        subject.format(won.reference) for subject in subjects
    ]
    event = LeadEvent.objects.filter(lead=won).latest("number")
    assert (event.to_status, event.reason) == (becomes, typed.get("lost_because", ""))
    if not is_won:
        assert (event.from_status, event.actor) == (Status.WON, finance_user)
    [verdict] = audited()
    assert verdict.startswith(IN_ORDER)
    sign_in(finance, partner_user)
    detail = text(finance.get(won.get_absolute_url()))
    assert "Commission reversed by finance" in detail
    assert ("Win undone: " in detail) is not is_won
    assert f"Reason: {REASON}" in detail
    for page in (detail, text(finance.get(LIST))):
        assert "credited with $354.00" not in page
        assert "$354.00 credited" not in page


@pytest.mark.parametrize(
    ("becomes", "typed", "error"),
    [
        ("", {}, "Choose what happens to the lead."),
        ("submitted", {}, "Select a valid choice"),
        (Status.LOST, {}, "Choose a reason for the loss."),
        (Status.LOST, {"lost_because": "below_criteria"}, "Select a valid choice"),
        (Status.LOST, {"lost_because": Reason.OTHER}, "Write a message to the partner."),
        (Status.APPROVED, {"lost_because": Reason.NO_BUDGET}, "Only a lost lead takes a reason."),
        (Status.WON, {"message": "Sorry."}, "This is not used while the lead stays Won."),
        (Status.WON, {"note": "Sorry."}, "This is not used while the lead stays Won."),
        (Status.LOST, {"reason": ""}, "Give a reason. The partner will read it."),
    ],
)
def test_an_answer_that_is_not_complete_writes_nothing(finance, won, becomes, typed, error):
    before = world()
    response = post(finance, won, becomes, **typed)
    assert response.status_code == 200
    assert error in text(response)
    assert all(value in response.text for value in typed.values() if value), "kept as typed"
    assert world() == before


def test_the_preview_shows_both_emails(finance, won):
    typed = {"do": "preview", "reason": REASON, "becomes": "approved"}
    shown = finance.post(page_of(won), typed, headers={"HX-Request": "true"}).text
    assert "Commission reversed: −$354.00 for Nordwind Retail" in shown
    assert f"Nordwind Retail is not won yet: {won.reference}" in shown
    finance.post(page_of(won), typed | {"do": "post"})
    assert mail.outbox[1].body.strip() in shown.replace("&#x27;", "'")


def test_a_lead_that_was_won_by_mistake_is_credited_once_more_when_it_is_won(
    won, sales_user, finance_user
):
    undone(won, finance_user)
    for _ in range(2):
        decide(one(won), decision(Status.WON, lines=[row("livechat", "business", 10)]), sales_user)
    lead = Lead.objects.get(pk=won.pk)
    first, reversal, second = LedgerEntry.objects.order_by("number")
    assert [entry.amount for entry in (first, reversal, second)] == [354, -354, 708]
    assert lead.credit == second
    assert second.refers_to == reversal
    assert lead.current_credit.amount == 708
    assert lead.current_credit.state == "credited"
    assert lead.products == ["LiveChat Business ×\u00a010"]
    assert amendments.basis_of(second).estimate.lines[0].agents == 10
    # The second win is undone in the same way, and the lead is lost in the end.
    undone(lead, finance_user, Status.LOST)
    assert state(lead)["balance"] == 0
    [verdict] = audited()
    assert verdict.startswith(IN_ORDER)


def test_a_corrected_commission_is_reversed_with_its_lead(finance, won, finance_user):
    four = [row("livechat", "business", 4)]
    correction = amendments.correct(won.credit, four, "One agent less", finance_user)
    page = address("ledgerentry", "reverse", correction.pk)
    finance.post(page, {"do": "post", "reason": REASON, "becomes": "approved"})
    assert state(won)["status"] == Status.APPROVED
    assert state(won)["balance"] == 0
    assert audited()[-1].startswith(IN_ORDER)


# Afterwards


def test_a_lead_that_stayed_won_can_be_undone_later(finance, won, finance_user):
    page = reverse("admin:leads_lead_undo", args=[won.pk])
    lead_page = reverse("admin:leads_lead_change", args=[won.pk])
    assert page not in finance.get(lead_page).text
    assert page_of(won) in finance.get(lead_page).text
    refused = finance.get(page)
    assert refused.url == lead_page
    assert "is not reversed. Ask finance to reverse it first." in said(refused)[0]
    amendments.reverse(won.credit, REASON, finance_user)
    shown = finance.get(lead_page).text
    assert page in shown
    assert page_of(won) not in shown
    assert "It stays Won" not in finance.get(page).text
    typed = {"do": "undo", "becomes": "lost", "lost_because": "no_budget"}
    assert said(finance.post(page, typed)) == [f"{won} is now Lost."]
    assert state(won)["status"] == Status.LOST
    again = finance.post(page, typed)
    assert again.status_code == 409
    assert f"Already decided: Lost, by {finance_user}" in text(again)


@pytest.mark.parametrize("to", [Status.LOST, Status.APPROVED])
def test_nothing_more_is_credited_for_a_lead_that_is_not_won(finance, won, finance_user, to):
    undone(won, finance_user, to)
    entry_page = finance.get(address("ledgerentry", "change", won.credit_id)).text
    correct_page = address("ledgerentry", "correct", won.credit_id)
    assert correct_page not in entry_page
    assert f"{won} is {to.label}, so nothing is credited for it." in said(finance.get(correct_page))
    before = world()
    with pytest.raises(EntryRefused, match="so nothing is credited for it"):
        amendments.correct(won.credit, [row("livechat", "business", 4)], "Again", finance_user)
    assert world() == before


def test_what_was_credited_again_is_corrected_there(won, sales_user, finance_user):
    undone(won, finance_user)
    decide(one(won), decision(Status.WON), sales_user)
    before = world()
    with pytest.raises(EntryRefused, match=r"was credited again by entry 3\. Correct that one\."):
        amendments.correct(won.credit, [row("livechat", "business", 4)], "Again", finance_user)
    assert world() == before


# Who may


def test_who_may_only_reverse_is_not_asked_about_the_lead(finance, finance_user, won):
    finance_user.groups.clear()
    names = ("view_ledgerentry", "add_ledgerentry", "view_account", "view_lead")
    finance_user.user_permissions.set(permissions(*names))
    assert "What happens to the lead?" not in text(finance.get(page_of(won)))
    response = finance.post(page_of(won), {"do": "post", "reason": REASON, "becomes": "lost"})
    assert response.status_code == 302
    assert state(won)["status"] == Status.WON
    undo = reverse("admin:leads_lead_undo", args=[won.pk])
    assert finance.get(undo).status_code == 403
    with pytest.raises(PermissionDenied):
        undo_win(won.pk, decision(Status.LOST), finance_user)


def permissions(*names):
    return Permission.objects.filter(codename__in=names)


@pytest.mark.parametrize(
    ("to", "changes", "words"),
    [
        (Status.LOST, {}, "The commission of .* stands. Reverse it first."),
        (Status.WON, {}, "cannot become Won"),
        (Status.LOST, {"reason": ""}, "Choose a reason."),
        (Status.APPROVED, {"message": " "}, "Write a message to the partner."),
    ],
)
def test_a_win_that_cannot_be_undone_stays(won, finance_user, to, changes, words):
    before = world()
    with pytest.raises(DecisionError, match=words):
        undo_win(won.pk, decision(to, **changes), finance_user)
    assert world() == before


def test_sales_decide_nothing_about_a_won_lead(won, sales_user, finance_user):
    amendments.reverse(won.credit, REASON, finance_user)
    for to in (Status.LOST, Status.APPROVED):
        (outcome,) = decide(one(won), decision(to), sales_user)
        assert outcome.problem.startswith("Already decided: Won")


# The ledger and the database themselves


def test_the_ledger_credits_again_only_after_the_last_reversal(won, finance_user):
    def credit(**changes):
        first = won.credit
        return posting.credit(
            won.partner,
            **{
                "reference": won.reference,
                "explanation": first.explanation,
                "amount": first.amount,
                "text": "Won again",
                "actor": finance_user,
                **changes,
            },
        )

    with pytest.raises(AlreadyCredited):
        credit()
    reversal = amendments.reverse(won.credit, REASON, finance_user)
    with pytest.raises(AlreadyCredited):
        credit()
    for wrong in (won.credit, amendments.adjust(won.partner, Decimal(1), "x", "A-1", finance_user)):
        with pytest.raises(EntryRefused, match="is not a reversal"):
            credit(after=wrong)
    with pytest.raises(EntryRefused, match="is not a reversal"):
        credit(after=reversal, reference="LD-OTHER")
    correction = amendments.correct(
        won.credit, [row("livechat", "business", 5)], "Right after all", finance_user
    )
    with pytest.raises(AlreadyCredited):
        credit(after=reversal)
    last = amendments.reverse(correction, REASON, finance_user)
    with pytest.raises(AlreadyCredited):
        credit(after=reversal)
    assert credit(after=last).refers_to == last
    assert current_credits([won.reference])[won.reference].amount == won.credit.amount


def test_the_database_credits_a_lead_once(won, finance_user, monkeypatch):
    monkeypatch.setattr(posting, "_credited", lambda reference, after: None)
    reversal = amendments.reverse(won.credit, REASON, finance_user)
    amendments.correct(won.credit, [row("livechat", "business", 5)], "Right", finance_user)
    with pytest.raises(IntegrityError, match="a lead is credited once"):
        posting.credit(
            won.partner,
            reference=won.reference,
            explanation=won.credit.explanation,
            amount=won.credit.amount,
            text="Won again",
            actor=finance_user,
            after=reversal,
        )


def test_the_database_keeps_a_lead_won_while_its_credit_is_not_reversed(won, finance_user):
    with (
        pytest.raises(IntegrityError, match="the credit of a won lead is reversed before"),
        transaction.atomic(),
    ):
        follow(won, Status.LOST, finance_user, credit=None)
    won = Lead.objects.get(pk=won.pk)
    amendments.reverse(won.credit, REASON, finance_user)
    with pytest.raises(IntegrityError), transaction.atomic():
        follow(won, Status.LOST, finance_user)  # and keeps its credit
    won = Lead.objects.get(pk=won.pk)
    follow(won, Status.LOST, finance_user, credit=None)


# At once


@pytest.mark.django_db(transaction=True)
def test_of_undoing_correcting_and_reversing_at_once_one_is_done(won, finance_user):
    def undo():
        typed = {"becomes": "lost", "lost_because": "no_budget"}
        following = LeadSubject().following(won.credit, finance_user, typed)
        assert following.form.is_valid()
        return following.reverse(won.credit, REASON, finance_user)

    def correct():
        return amendments.correct(
            won.credit, [row("livechat", "business", 4)], "Less", finance_user
        )

    def reverse():
        return amendments.reverse(won.credit, REASON, finance_user)

    acts = [undo, correct, reverse, undo, correct, reverse]
    results = race(len(acts), lambda n: acts[n]())
    done = [result for result in results if isinstance(result, LedgerEntry)]
    refusals = [result for result in results if not isinstance(result, LedgerEntry)]
    assert all(isinstance(refusal, AlreadyPosted | EntryRefused) for refusal in refusals), results
    lead = Lead.objects.get(pk=won.pk)
    posted = LedgerEntry.objects.filter(reference=won.reference).count()
    if lead.status == Status.LOST:
        assert (len(done), posted) == (1, 2)
    else:
        # Reversed and then corrected is what finance may do one after the other, too.
        assert posted in (2, 3)
    assert audited()[-1].startswith(IN_ORDER)
