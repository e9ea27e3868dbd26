"""The status machine through its one door: what moves, what does not, and what each move leaves."""

import itertools
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadportal.db.groups import SALES
from leads import emails
from leads.decisions import Decision, DecisionError, decide
from leads.models import EventText, Lead, LeadCount, LeadEvent
from leads.status import REASONS, TRANSITIONS, Reason, Status, is_final
from tests.factories import LeadFactory, StaffFactory
from tests.leads.world import decision, one, owner_with_each_status, world
from tests.worlds import made_once

MATRIX = list(itertools.product(Status, Status))
LEGAL = [
    (Status.SUBMITTED, Status.REJECTED),
    (Status.SUBMITTED, Status.APPROVED),
    (Status.APPROVED, Status.WON),
    (Status.APPROVED, Status.LOST),
]
ILLEGAL = [move for move in MATRIX if move not in LEGAL]


kept = made_once(owner_with_each_status)


@pytest.fixture
def partner_user(made):
    return made["owner"]


@pytest.fixture
def sales_user(made):
    return made["sales"]


@pytest.fixture
def leads(made):
    """A lead of the organization by its status."""
    return made["leads"]


@pytest.fixture
def lead(leads):
    return leads[Status.SUBMITTED]


def test_transitions_are_those_of_the_workflow():
    moves = [(old, new) for old, targets in TRANSITIONS.items() for new in targets]
    assert sorted(moves) == sorted(LEGAL)
    assert {status for status in Status if is_final(status)} == {
        Status.REJECTED,
        Status.WON,
        Status.LOST,
    }


@pytest.mark.database
@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_an_allowed_decision_changes_the_status_and_is_emailed(
    partner_user, sales_user, leads, old, new
):
    lead = leads[old]
    earlier = LeadEvent.objects.count()
    begun = timezone.now()
    (outcome,) = decide(one(lead), decision(new), sales_user)
    assert (outcome.moved, outcome.problem, outcome.lead) == (True, "", lead)
    lead.refresh_from_db()
    assert lead.status == outcome.lead.status == new
    assert begun <= lead.changed_at <= timezone.now()
    assert lead.submitted_at < lead.changed_at
    event = LeadEvent.objects.order_by("pk").last()
    assert LeadEvent.objects.count() == earlier + 1
    assert (event.lead, event.kind, event.actor, event.at) == (
        lead,
        "moved",
        sales_user,
        lead.changed_at,
    )
    assert (event.from_status, event.to_status) == (old, new)
    assert event.reason == REASONS.get(new, ("",))[0]
    assert (event.text.message, event.text.note) == ("A sentence.", "Between us.")
    (message,) = mail.outbox
    assert message.to == [partner_user.email]
    assert lead.reference in message.subject
    assert "A sentence." in message.body
    assert "A sentence." in message.alternatives[0][0]
    assert "Between us" not in message.body + message.alternatives[0][0]
    if event.reason:
        assert event.get_reason_display() in message.body


@pytest.mark.database
@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_an_allowed_decision_is_counted(leads, sales_user, old, new):
    decide(one(leads[old]), decision(new), sales_user)
    counts = LeadCount.objects.filter(partner=leads[old].partner)
    assert dict(counts.values_list("status", "count")) == (
        dict.fromkeys(Status.values, 1) | {old.value: 0, new.value: 2}
    )


@pytest.mark.database
@pytest.mark.parametrize(("old", "new"), ILLEGAL)
def test_a_decision_that_is_not_allowed_is_a_problem_and_changes_nothing(
    leads, sales_user, old, new
):
    before = world()
    (outcome,) = decide(one(leads[old]), decision(new), sales_user)
    assert not outcome.moved
    assert outcome.problem.endswith("Nothing was changed.")
    assert world() == before


@pytest.mark.database
@pytest.mark.parametrize("old", [new for _, new in LEGAL])
def test_the_loser_reads_who_decided_what_and_when(lead, sales_user, settings, old):
    settings.TIME_ZONE = "Europe/Warsaw"
    colleague = StaffFactory(name="Carl Colleague", groups=(SALES,))
    path = [old] if (Status.SUBMITTED, old) in LEGAL else [Status.APPROVED, old]
    for step in path:
        assert decide(one(lead), decision(step), colleague)[0].moved
    lead.refresh_from_db()
    when = f"{timezone.localtime(lead.changed_at):%-d %b %Y, %H:%M}"
    for new in [new for start, new in ILLEGAL if start == old]:
        (outcome,) = decide(one(lead), decision(new), sales_user)
        assert outcome.problem == (
            f"Already decided: {old.label}, by Carl Colleague on {when}. Nothing was changed."
        )


@pytest.mark.database
def test_a_lead_that_nobody_decided_yet_says_what_is_not_open_to_it(lead, sales_user):
    (outcome,) = decide(one(lead), decision(Status.WON), sales_user)
    assert outcome.problem == "Submitted leads cannot become Won. Nothing was changed."


# What a decision needs


@pytest.mark.parametrize("to", [Status.REJECTED, Status.APPROVED])
@pytest.mark.parametrize("reason", ["", *Reason])
def test_a_reason_is_given_where_the_status_has_one_and_only_of_its_own(
    lead, sales_user, to, reason
):
    asked = decision(to, reason=reason)
    if reason in REASONS.get(to, ("",)):
        assert decide(one(lead), asked, sales_user)[0].moved
    else:
        before = world()
        with pytest.raises(DecisionError, match="reason"):
            decide(one(lead), asked, sales_user)
        assert world() == before


@pytest.mark.parametrize("to", [Status.WON, Status.LOST])
@pytest.mark.parametrize("reason", ["", *Reason])
def test_an_approved_leads_reasons_likewise(leads, sales_user, to, reason):
    lead = leads[Status.APPROVED]
    asked = decision(to, reason=reason)
    if reason in REASONS.get(to, ("",)):
        assert decide(one(lead), asked, sales_user)[0].moved
    else:
        with pytest.raises(DecisionError, match="reason"):
            decide(one(lead), asked, sales_user)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.LOST])
def test_reasons_are_offered_in_their_order_and_other_comes_last(status):
    offered = [reason for reason in Reason if status in reason.definition.statuses]
    assert list(REASONS[status]) == offered
    assert offered[-1] is Reason.OTHER


@pytest.mark.parametrize("message", ["", "  \n\t "])
@pytest.mark.parametrize("to", list(Status))
def test_a_message_is_required_for_every_move(lead, sales_user, to, message):
    before = world()
    with pytest.raises(DecisionError, match="message to the partner"):
        decide(one(lead), decision(to, message=message), sales_user)
    assert world() == before


@pytest.mark.database
def test_the_words_are_trimmed_and_the_note_may_be_empty(lead, sales_user):
    decide(one(lead), decision("approved", message="  Yes.\n", note="  "), sales_user)
    words = EventText.objects.get(event__lead=lead)
    assert (words.message, words.note) == ("Yes.", "")


@pytest.mark.database
@pytest.mark.parametrize("who", ["partner_user", "stranger", "finance_user"])
def test_only_who_may_decide_decides(request, lead, who):
    before = world()
    with pytest.raises(PermissionDenied):
        decide(one(lead), decision(Status.APPROVED), request.getfixturevalue(who))
    assert world() == before


@pytest.mark.database
def test_a_person_who_left_decides_no_more(lead, sales_user):
    sales_user.is_active = False
    with pytest.raises(PermissionDenied):
        decide(one(lead), decision(Status.APPROVED), sales_user)


def test_an_unknown_status_is_an_error_and_changes_nothing(lead, sales_user):
    before = world()
    for leads in (one(lead), Lead.objects.none()):
        with pytest.raises(DecisionError, match="There is no status “archived”"):
            decide(leads, Decision(to="archived", message="x"), sales_user)
    assert world() == before


@pytest.mark.database
def test_an_unexpected_reason_is_distinguished_from_a_missing_one(lead, sales_user):
    with pytest.raises(DecisionError, match="Approved for further review does not take a reason"):
        decide(one(lead), decision("approved", reason=Reason.OTHER), sales_user)
    with pytest.raises(DecisionError, match="Choose a reason"):
        decide(one(lead), decision("rejected", reason=""), sales_user)


# Many at once


@pytest.mark.database
def test_a_mixed_set_is_reported_row_by_row(partner_user, leads, stranger, sales_user):
    can_move = [(status, Status.APPROVED) in LEGAL for status in leads]
    leads = [*leads.values(), LeadFactory(partner=stranger.partner)]
    outcomes = decide(Lead.objects.all(), decision(Status.APPROVED), sales_user)
    assert [outcome.lead for outcome in outcomes] == leads
    assert [outcome.moved for outcome in outcomes] == [*can_move, True]
    for outcome in outcomes[1:-1]:
        assert outcome.lead.get_status_display() in outcome.problem
    assert len(mail.outbox) == 2
    assert {message.to[0] for message in mail.outbox} == {
        lead.submitted_by.email for lead in (leads[0], leads[-1])
    }
    counts = LeadCount.objects.filter(partner=partner_user.partner).values_list("status", "count")
    assert dict(counts) == dict.fromkeys(Status.values, 1) | {"submitted": 0, "approved": 2}


def test_an_empty_set_is_decided_without_a_result(sales_user, db):
    assert decide(Lead.objects.none(), decision(Status.APPROVED), sales_user) == []


@pytest.mark.database
def test_a_set_is_locked_whatever_its_own_order_or_joins(lead, sales_user):
    leads = Lead.objects.select_related("credit").order_by("-company_name")
    assert decide(leads, decision(Status.APPROVED), sales_user)[0].moved


@pytest.mark.database
def test_leads_are_won_one_at_a_time(partner_user, leads, sales_user):
    LeadFactory(partner=partner_user.partner, status=Status.APPROVED)
    before = world()
    with pytest.raises(DecisionError, match="one at a time"):
        decide(Lead.objects.filter(status=Status.APPROVED), decision(Status.WON), sales_user)
    assert world() == before


@pytest.mark.database
@pytest.mark.parametrize("to", [Status.APPROVED, Status.REJECTED])
@pytest.mark.parametrize("backend", ["locmem", "outbox"])
def test_many_take_as_many_statements_as_few(
    request, sales_user, django_assert_num_queries, to, backend
):
    if backend == "outbox":
        request.getfixturevalue("outbox")
    counts = {}
    for number in (1, 8):
        leads = [
            LeadFactory(submitted_at=timezone.now() - timedelta(days=1)) for _ in range(number)
        ]
        chosen = Lead.objects.filter(pk__in=[lead.pk for lead in leads])
        decide(chosen.none(), decision(to), sales_user)
        with CaptureQueriesContext(connection) as queries:
            outcomes = decide(chosen, decision(to), sales_user)
        assert all(outcome.moved for outcome in outcomes)
        counts[number] = len(queries)
    assert counts[1] == counts[8] <= 16


# Together or not at all

STEPS = {
    "the history": (LeadEvent.objects, "bulk_create"),
    "the words": (EventText.objects, "bulk_create"),
    "the counters": (LeadCount.objects, "add"),
    "the mails": (emails, "send_decided"),
}


@pytest.mark.database
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("to", [Status.APPROVED, Status.REJECTED])
def test_a_failure_at_any_step_changes_nothing(lead, sales_user, outbox, monkeypatch, step, to):
    owner, name = STEPS[step]
    done = getattr(owner, name)
    before = world()

    def fail(*args, **kwargs):
        done(*args, **kwargs)
        raise RuntimeError(step)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        with pytest.raises(RuntimeError, match=step):
            decide(one(lead), decision(to), sales_user)
    assert world() == before
    assert not outbox.exists()
    assert decide(one(lead), decision(to), sales_user)[0].moved
    assert outbox.count() == 1
