"""A request is decided once, by a second person, together with what follows from it."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from leadportal.approvals import decisions, kinds
from leadportal.approvals.decisions import (
    AlreadyDecided,
    AlreadyRequested,
    Refused,
    approve,
    cancel,
    close,
    decline,
    request,
)
from leadportal.approvals.models import Approval
from leadportal.partners.models import Partner
from tests.approvals.kind import RENAME, renaming
from tests.factories import StaffFactory
from tests.race import race

pytestmark = pytest.mark.database


@pytest.fixture
def asked(partner, finance_user):
    return request(renaming(partner, amount=Decimal("12.50")), finance_user)


def test_request_keeps_what_was_requested_and_by_whom(asked, partner, finance_user):
    asked.refresh_from_db()
    assert (asked.kind, asked.subject, asked.label) == (
        "test-rename",
        str(partner.pk),
        "Brightside Consulting",
    )
    assert (asked.state, asked.requested_by, asked.amount) == (
        "pending",
        finance_user,
        Decimal("12.50"),
    )
    assert asked.decided_by is asked.decided_at is None
    assert partner.name == "Brightside Consulting", "nothing happens before the approval"
    assert str(asked) == "Rename a partner: Brightside Consulting"


def test_everybody_who_may_decide_is_emailed_once_and_not_the_requester(
    asked, colleague, superuser, sales_user, partner, finance_user, mailoutbox
):
    """Neither the requester, nor who left, nor who lacks the permission."""
    StaffFactory(is_superuser=True, is_active=False)
    cancel(asked, finance_user)
    mailoutbox.clear()
    again = request(renaming(partner, amount=Decimal("12.50")), finance_user)
    assert sorted(to for message in mailoutbox for to in message.to) == [
        superuser.email,
        colleague.email,
    ]
    for message in mailoutbox:
        assert message.subject == "Awaiting your approval: Rename a partner: Brightside Consulting"
        for words in ("Finn Finance requests", "$12.50", "They have merged.", again.address):
            assert words in message.body
        assert message.shown_with == RENAME.permission
    with pytest.raises(AlreadyRequested):
        request(renaming(partner), finance_user)
    assert len(mailoutbox) == 2


def test_whoever_requested_it_is_emailed_the_decision(partner, finance_user, colleague, mailoutbox):
    decide = {
        "approved": lambda asked: approve(asked, colleague, "I called them."),
        "declined": lambda asked: decline(asked, colleague, "I called them."),
        "canceled": lambda asked: close([asked.subject], colleague, "I called them."),
    }
    for state, act in decide.items():
        asked = request(
            renaming(partner, data={"from": partner.name, "to": partner.name}), finance_user
        )
        mailoutbox.clear()
        act(asked)
        [message] = mailoutbox
        assert message.to == [finance_user.email]
        assert message.subject.startswith(f"{state.capitalize()}: Rename a partner")
        assert f"was {state} by Fay Finance" in message.body
        assert "I called them." in message.body
    asked = request(renaming(partner), finance_user)
    mailoutbox.clear()
    cancel(asked, finance_user)
    assert mailoutbox == []


def test_same_is_requested_once_at_a_time(asked, partner, finance_user, colleague):
    with pytest.raises(AlreadyRequested, match="requested by Finn Finance on") as refused:
        request(renaming(partner), colleague)
    assert refused.value.approval == asked
    cancel(asked, finance_user)
    assert request(renaming(partner), colleague).requested_by == colleague


def test_same_kind_about_something_else_is_another_request(asked, stranger, finance_user):
    assert request(renaming(stranger.partner), finance_user).pk != asked.pk


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_request_needs_a_reason(partner, finance_user, reason):
    with pytest.raises(Refused, match="Give a reason"):
        request(renaming(partner, reason=reason), finance_user)


@pytest.mark.parametrize("name", ["reason", "summary", "label", "link", "subject"])
def test_text_that_is_too_long_is_refused_on_every_database(partner, finance_user, name):
    with pytest.raises(Refused, match="Shorten this by"):
        request(renaming(partner, **{name: "x" * 501}), finance_user)


def test_approval_does_what_was_requested_and_stores_both_names(
    asked, partner, finance_user, colleague
):
    decided = approve(asked, colleague, "  Checked with\n them. ")
    partner.refresh_from_db()
    assert partner.name == "Northern Lights"
    assert (decided.state, decided.requested_by, decided.decided_by, decided.message) == (
        "approved",
        finance_user,
        colleague,
        "Checked with them.",
    )
    assert decided.requested_at <= decided.decided_at


def test_decline_needs_words_and_runs_its_own_hook(asked, partner, colleague):
    with pytest.raises(Refused, match="Say why you decline"):
        decline(asked, colleague, " ")
    assert decline(asked, colleague, "Not yet signed").state == "declined"
    partner.refresh_from_db()
    assert (partner.name, partner.domain) == ("Brightside Consulting", "declined.example")


def test_whoever_requested_it_cancels(asked, partner, finance_user, colleague, superuser):
    for other in (colleague, superuser):
        with pytest.raises(PermissionDenied):
            cancel(asked, other)
    assert cancel(asked, finance_user).state == "canceled"
    partner.refresh_from_db()
    assert partner.domain == "canceled.example"


@pytest.mark.parametrize("decide", [approve, decline])
def test_nobody_decides_their_own_request(partner, superuser, sales_user, decide):
    asked = request(renaming(partner), superuser)
    for actor in (superuser, sales_user):
        with pytest.raises(PermissionDenied):
            decide(asked, actor, "Fine")
    asked.refresh_from_db()
    assert asked.is_pending


@pytest.mark.parametrize("decide", [approve, decline])
def test_inactive_colleague_decides_nothing(asked, colleague, decide):
    colleague.is_active = False
    colleague.save()
    with pytest.raises(PermissionDenied):
        decide(asked, colleague, "Fine")


def test_kind_that_is_gone_is_only_canceled(asked, finance_user, colleague):
    kinds.unregister(RENAME)
    for decide in (approve, decline):
        with pytest.raises(PermissionDenied):
            decide(asked, colleague, "Fine")
    assert str(asked) == "test-rename: Brightside Consulting"
    assert cancel(asked, finance_user).state == "canceled"


@pytest.mark.parametrize("first", [approve, decline])
@pytest.mark.parametrize("second", [approve, decline])
def test_second_decision_reads_who_made_the_first(asked, colleague, superuser, first, second):
    state = first(asked, colleague, "Mine").state
    for actor in (colleague, superuser):
        with pytest.raises(AlreadyDecided, match=f"was already {state} by Fay Finance on [0-9]"):
            second(asked, actor, "Again")
    asked.refresh_from_db()
    assert (asked.decided_by, asked.message) == (colleague, "Mine")


def test_what_cannot_happen_any_more_leaves_the_request_open(asked, partner, colleague):
    Partner.objects.filter(pk=partner.pk).update(name="Sunny Side")
    with pytest.raises(Refused, match="It is called Sunny Side by now"):
        approve(asked, colleague)
    asked.refresh_from_db()
    assert asked.is_pending
    assert decline(asked, colleague, "It has another name").state == "declined"


def test_decision_and_what_follows_commit_together(asked, partner, colleague, monkeypatch):
    def fail(*args):
        Partner.objects.filter(pk=partner.pk).update(name="Half done")
        raise OSError("the disk is full")

    monkeypatch.setattr(RENAME, "on_approved", fail, raising=False)
    with pytest.raises(OSError, match="disk is full"):
        approve(asked, colleague)
    partner.refresh_from_db()
    asked.refresh_from_db()
    assert (partner.name, asked.state) == ("Brightside Consulting", "pending")


def test_changed_subject_closes_its_request(asked, partner, stranger, colleague, finance_user):
    other = request(renaming(stranger.partner), finance_user)
    assert close([str(partner.pk), "999"], colleague, "It was renamed by hand.") == 1
    asked.refresh_from_db()
    other.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.message) == (
        "canceled",
        colleague,
        "It was renamed by hand.",
    )
    assert other.is_pending
    assert close([str(partner.pk)], colleague, "Again") == 0


# What the database itself refuses


@pytest.mark.parametrize("state", ["approved", "declined"])
def test_database_refuses_one_person_on_both_sides(asked, finance_user, state):
    with pytest.raises(IntegrityError, match="approval_by_a_second_person"), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(
            state=state, decided_by=finance_user, decided_at=timezone.now()
        )


@pytest.mark.parametrize("state", ["approved", "declined", "canceled"])
def test_database_refuses_a_decision_that_nobody_made(asked, state):
    decided = {"state": state, "decided_at": timezone.now()}
    with pytest.raises(IntegrityError, match="approval_decided_is_document"), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(**decided)


def test_database_refuses_a_second_pending_request(asked, colleague):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            kind=asked.kind,
            subject=asked.subject,
            reason="Once more",
            requested_by=colleague,
            requested_at=timezone.now(),
        )


@pytest.mark.parametrize("decide", ["approved", "declined", "canceled"])
@pytest.mark.parametrize("then", ["pending", "approved", "declined", "canceled"])
def test_database_refuses_to_decide_anew(asked, colleague, finance_user, decide, then):
    {"approved": approve, "declined": decline, "canceled": cancel}[decide](
        asked, finance_user if decide == "canceled" else colleague, "Decided"
    )
    if then == decide:
        return
    with pytest.raises(DatabaseError, match="illegal move"), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(
            state=then,
            **(
                {"decided_by": None, "decided_at": None, "message": ""} if then == "pending" else {}
            ),
        )


def test_two_kinds_never_share_a_slug():
    class Other(kinds.Kind):
        slug = RENAME.slug
        label = "Another"
        permission = "commissions.pay_withdrawal"

    with pytest.raises(ValueError, match="another kind"):
        kinds.register(Other())
    kinds.register(type(RENAME)())  # the same once more, as a reloaded app does
    assert kinds.find(RENAME.slug) is RENAME


# At once

THREADS = 8


@pytest.mark.django_db(transaction=True)
def test_of_a_crowd_that_decides_one_does(partner, finance_user):
    asked = request(renaming(partner), finance_user)
    actors = [StaffFactory(is_superuser=True) for _ in range(THREADS)]

    def decide(n):
        if n == 0:
            return cancel(asked, finance_user, "Never mind")
        return (approve if n % 2 else decline)(asked, actors[n], f"Number {n}")

    results = race(THREADS, decide)
    decided = [result for result in results if isinstance(result, Approval)]
    assert len(decided) == 1, results
    lost = [result for result in results if result is not decided[0]]
    assert all(isinstance(result, AlreadyDecided) for result in lost), results
    assert all(str(decided[0].decided_by) in str(result) for result in lost)
    partner.refresh_from_db()
    renamed = partner.name == "Northern Lights"
    assert renamed == (decided[0].state == "approved"), "no loser's effect stays"


@pytest.mark.django_db(transaction=True)
def test_of_a_crowd_that_requests_the_same_one_does(partner):
    actors = [StaffFactory() for _ in range(THREADS)]
    results = race(THREADS, lambda n: request(renaming(partner), actors[n]))
    [approval] = Approval.objects.all()
    assert [result for result in results if result == approval] == [approval]
    assert sum(isinstance(result, AlreadyRequested) for result in results) == THREADS - 1


@pytest.mark.django_db(transaction=True)
def test_effect_without_a_lock_of_its_own_is_undone_for_the_loser(
    partner, finance_user, monkeypatch
):
    asked = request(renaming(partner), finance_user)
    actors = [StaffFactory(is_superuser=True) for _ in range(THREADS)]

    def add(approval, actor, at):
        Partner.objects.create(name=f"Made by {actor.pk}", domain=f"p{actor.pk}.example")

    monkeypatch.setattr(RENAME, "on_approved", add, raising=False)
    results = race(THREADS, lambda n: decisions.approve(asked, actors[n]))
    assert sum(isinstance(result, Approval) for result in results) == 1, results
    asked.refresh_from_db()
    made = Partner.objects.filter(name__startswith="Made by")
    assert [partner.name for partner in made] == [f"Made by {asked.decided_by_id}"]
