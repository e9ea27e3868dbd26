"""Many people at once, in real threads on the real database: one wins, and the others read who."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from queue import Queue
from threading import Event
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commissions.ledger.chain import verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db.groups import SALES
from leadportal.partners.models import User
from leads.decisions import Outcome, decide
from leads.models import Draft, Lead, LeadCount, LeadEvent
from leads.models.count import LeadCountQuerySet
from leads.status import Status
from leads.submission import drafts
from leads.triage.corrections import correct
from tests.factories import LeadFactory, StaffFactory, UserFactory
from tests.leads.answers import CONTACT, agreements, draft_of
from tests.leads.browser import address, autosave
from tests.leads.world import decision, one
from tests.race import START_SECONDS, in_own_connection, race, wait_for_a_lock
from tests.sessions import sign_in

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

FEW = 8
# Of one lead or draft. SQLite lets one write at a time, so that fewer show as much.
THREADS = 20 if connection.vendor == "postgresql" else FEW


def assert_counters_equal_what_they_count():
    counted = {(row.partner_id, row.status): row.count for row in LeadCount.objects.all()}
    real = Counter(Lead.objects.order_by().values_list("partner_id", "status"))
    assert {key: count for key, count in counted.items() if count} == real


def assert_one_moved(outcomes, lead, decider):
    """Check that one of the runners moved the lead and that each of the others reads who did."""
    assert all(isinstance(outcome, Outcome) for outcome in outcomes), outcomes
    (winner,) = [number for number, outcome in enumerate(outcomes) if outcome.moved]
    lead.refresh_from_db()
    event = LeadEvent.objects.filter(lead=lead, kind="moved").latest("pk")
    when = f"{timezone.localtime(event.at):%-d %b %Y, %H:%M}"
    assert event.actor == decider(winner)
    assert event.to_status == lead.status
    for number, outcome in enumerate(outcomes):
        if number != winner:
            assert outcome.problem == (
                f"Already decided: {lead.get_status_display()}, by {event.actor} on {when}. "
                "Nothing was changed."
            )
    assert_counters_equal_what_they_count()
    return winner


@pytest.fixture
def sales():
    """As many people of sales as there are threads."""
    people = User.objects.bulk_create(StaffFactory.build_batch(THREADS))
    Group.objects.get(name=SALES).user_set.add(*people)
    return people


def test_many_deciding_one_lead_change_its_status_once(lead, sales):
    moves = [Status.APPROVED, Status.REJECTED]
    outcomes = race(THREADS, lambda n: decide(one(lead), decision(moves[n % 2]), sales[n])[0])
    winner = assert_one_moved(outcomes, lead, sales.__getitem__)
    assert lead.status == moves[winner % 2]
    assert LeadEvent.objects.filter(kind="moved").count() == 1
    assert not LedgerEntry.objects.exists()


def test_many_winning_and_losing_one_lead_leave_one_end_and_at_most_one_credit(sales):
    moves = [Status.WON, Status.LOST]
    for _ in range(2):
        lead = LeadFactory(status=Status.APPROVED)
        outcomes = race(FEW, lambda n: decide(one(lead), decision(moves[n % 2]), sales[n])[0])  # noqa: B023
        winner = assert_one_moved(outcomes, lead, sales.__getitem__)
        assert lead.status == moves[winner % 2]
        assert (lead.credit is not None) == (lead.status == Status.WON)
    assert LedgerEntry.objects.count() == Lead.objects.filter(status=Status.WON).count()


def test_many_winning_one_lead_credit_it_once(sales, outbox):
    lead = LeadFactory(status=Status.APPROVED)
    outcomes = race(THREADS, lambda n: decide(one(lead), decision(Status.WON), sales[n])[0])
    assert_one_moved(outcomes, lead, sales.__getitem__)
    entry = LedgerEntry.objects.get()
    assert lead.credit == entry
    account = Account.objects.get()
    assert account.balance == entry.amount == Decimal("354.00")
    assert verify_chain(account) == []
    assert outbox.count() == 1


def test_many_leads_of_one_partner_won_at_once_are_each_credited(lead, sales):
    leads = [LeadFactory(partner=lead.partner, status=Status.APPROVED) for _ in range(FEW)]
    outcomes = race(FEW, lambda n: decide(one(leads[n]), decision(Status.WON), sales[n])[0])
    assert all(isinstance(outcome, Outcome) and outcome.moved for outcome in outcomes), outcomes
    account = Account.objects.get()
    assert account.balance == Decimal("354.00") * FEW
    assert verify_chain(account) == []
    assert_counters_equal_what_they_count()


def test_bulk_decisions_over_overlapping_sets_do_not_block_each_other(sales):
    partners = [UserFactory().partner for _ in range(3)]
    leads = [LeadFactory(partner=partners[n % 3]) for n in range(30)]
    shuffled = random.Random(7)  # noqa: S311 - the same sets each time
    sets = [shuffled.sample([lead.pk for lead in leads], 20) for _ in range(FEW)]

    def act(n):
        # Each asks for its set in an order of its own.
        order = ["pk", "-pk", "company_name", "?"][n % 4]
        chosen = Lead.objects.filter(pk__in=sets[n]).order_by(order)
        to = Status.APPROVED if n % 2 else Status.REJECTED
        return decide(chosen, decision(to), sales[n])

    results = race(FEW, act)
    assert all(isinstance(result, list) for result in results), results
    moved = Counter(outcome.lead.pk for result in results for outcome in result if outcome.moved)
    assert moved == Counter({pk for chosen in sets for pk in chosen})
    assert [len(result) for result in results] == [20] * FEW, "a row for each lead asked for"
    assert LeadEvent.objects.filter(kind="moved").count() == len(moved)
    assert_counters_equal_what_they_count()


@pytest.mark.postgresql  # where a filter is asked again under the lock
def test_the_loser_of_a_race_to_the_same_status_reads_who_was_first(lead, sales):
    submitted = Lead.objects.filter(status=Status.SUBMITTED)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Lead.objects.select_for_update().get(pk=lead.pk)
            late = threads.submit(
                in_own_connection, decide, submitted, decision(Status.REJECTED), sales[1]
            )
            wait_for_a_lock()
            assert decide(one(lead), decision(Status.APPROVED), sales[0])[0].moved
        (outcome,) = late.result(timeout=10)
    assert outcome.problem.startswith(
        f"Already decided: Approved for further review, by {sales[0]}"
    )


def test_a_correction_and_a_decision_at_once_both_happen(lead, sales):
    def act(n):
        if n % 2:
            return decide(one(lead), decision(Status.APPROVED), sales[n])[0]
        field = ("company_name", "job_title", "first_name", "last_name")[n // 2 % 4]
        return correct(lead.pk, {field: f"By {n}"}, sales[n])

    results = race(FEW, act)
    assert sum(isinstance(result, Outcome) and result.moved for result in results) == 1, results
    lead.refresh_from_db()
    assert lead.status == Status.APPROVED
    for field in ("company_name", "job_title", "first_name", "last_name"):
        assert getattr(lead, field).startswith("By ")
        assert getattr(lead, field).casefold() in lead.search_text or field == "job_title"
    assert LeadEvent.objects.filter(kind="corrected").count() == FEW // 2


@pytest.mark.postgresql
def test_two_who_change_the_same_counters_never_wait_for_each_other(partner, monkeypatch):
    """An UPDATE alone locks rows in the order in which its snapshot finds them.

    A row that was changed after the older statement began, and before the younger one did, lies
    elsewhere for the younger: each would hold what the other asks for next.
    """
    for status in Status:
        LeadCount.objects.create(partner=partner, status=status)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_leadcount")  # so that the table is read through, as it lies
    first, second, third = LeadCount.objects.order_by("pk")[:3]
    insert = LeadCountQuerySet.bulk_create
    inserted, goes_on = Queue(), {"older": Event(), "younger": Event(), "between": Event()}
    local = threading.local()

    def insert_and_wait(*args, **kwargs):
        insert(*args, **kwargs)
        inserted.put(local.name)
        goes_on[local.name].wait(START_SECONDS)

    monkeypatch.setattr(LeadCountQuerySet, "bulk_create", insert_and_wait)

    def add(name, *rows):
        local.name = name
        with transaction.atomic():
            LeadCount.objects.add({(partner.pk, row.status): 1 for row in rows})

    def change_the_first():
        with transaction.atomic():
            LeadCount.objects.filter(pk=first.pk).update(count=1)
            inserted.put("between")
            goes_on["between"].wait(START_SECONDS)

    with ThreadPoolExecutor(3) as threads:
        with transaction.atomic():
            LeadCount.objects.select_for_update().get(pk=second.pk)
            older = threads.submit(in_own_connection, add, "older", first, second, third)
            younger = threads.submit(in_own_connection, add, "younger", first, third)
            assert {inserted.get(timeout=START_SECONDS) for _ in range(2)} == {"older", "younger"}
            between = threads.submit(in_own_connection, change_the_first)
            assert inserted.get(timeout=START_SECONDS) == "between"
            goes_on["older"].set()
            wait_for_a_lock()
            goes_on["between"].set()
            between.result(START_SECONDS)
            goes_on["younger"].set()
            wait_for_a_lock(sessions=2)
        older.result(START_SECONDS)
        younger.result(START_SECONDS)
    counts = [LeadCount.objects.get(pk=row.pk).count for row in (first, second, third)]
    assert counts == [3, 1, 2]


# Drafts


def test_many_submitting_one_draft_make_one_lead(partner_user, outbox):
    draft = draft_of(partner_user)
    at = timezone.now()
    results = race(THREADS, lambda n: drafts.submit(draft.pk, partner_user, at))
    lead = Lead.objects.get()
    assert [getattr(result, "reference", result) for result in results] == [
        lead.reference
    ] * THREADS
    assert LeadEvent.objects.count() == 1
    assert outbox.count() == 2
    assert_counters_equal_what_they_count()


def test_many_browsers_sending_the_last_page_are_led_to_one_confirmation(partner_user):
    draft = draft_of(partner_user)
    typed = {**agreements(), "action": "submit"}
    browsers = [Client() for _ in range(FEW)]
    for browser in browsers:
        sign_in(browser, partner_user)
    results = race(
        FEW,
        lambda n: browsers[n].post(address(draft.pk, "agreements"), typed).headers["Location"],
    )
    lead = Lead.objects.get()
    assert set(results) == {reverse("leads:submitted", args=[lead.reference])}, results


def test_many_drafts_of_one_new_partner_submitted_at_once_are_all_counted(partner_user):
    many = [draft_of(partner_user) for _ in range(FEW)]
    at = timezone.now()
    results = race(FEW, lambda n: drafts.submit(many[n].pk, partner_user, at))
    assert len({getattr(result, "reference", None) for result in results}) == FEW, results
    assert LeadCount.objects.get(status=Status.SUBMITTED).count == FEW
    assert_counters_equal_what_they_count()


def test_many_saving_the_first_thing_of_one_draft_make_one_draft(partner_user):
    draft_id, at = uuid4(), timezone.now()
    names = [*CONTACT, *(f"lines-{n}-agents" for n in range(FEW))][:FEW]
    results = race(
        FEW,
        lambda n: drafts.save(draft_id, partner_user, drafts.replace_answer(names[n], str(n)), at),
    )
    assert all(isinstance(result, Draft) for result in results), results
    draft = Draft.objects.get()
    assert draft.pk == draft_id
    assert draft.answers == {name: str(n) for n, name in enumerate(names)}, "nobody's is lost"


def test_two_people_saving_the_first_thing_under_one_uuid_keep_one_author(partner_user, stranger):
    draft_id, at = uuid4(), timezone.now()
    people = [partner_user, stranger]

    def act(n):
        change = drafts.replace_answer("company_name", people[n % 2].email)
        return drafts.save(draft_id, people[n % 2], change, at)

    results = race(FEW, act)
    draft = Draft.objects.get()
    assert draft.answers == {"company_name": draft.author.email}
    for n, result in enumerate(results):
        kind = Draft if people[n % 2] == draft.author else Draft.DoesNotExist
        assert isinstance(result, kind), results


def test_typing_while_the_lead_is_sent_is_in_the_lead_or_a_conflict(partner_user):
    draft = draft_of(partner_user)
    at = timezone.now() + timedelta(seconds=1)
    browsers = [Client() for _ in range(FEW)]
    for browser in browsers:
        sign_in(browser, partner_user)

    def act(n):
        if n == 0:
            return drafts.submit(draft.pk, partner_user, at)
        return autosave(browsers[n], draft.pk, job_title=f"Typed {n}").status_code

    lead, *statuses = race(FEW, act)
    assert set(statuses) <= {204, 409}, statuses
    draft.refresh_from_db()
    assert (draft.lead, draft.answers) == (lead, {})
    saved = [f"Typed {n}" for n, status in enumerate(statuses, start=1) if status == 204]
    assert lead.job_title in (saved or [CONTACT["job_title"]])


def test_discarding_while_the_lead_is_sent_ends_in_one_or_the_other(partner_user):
    draft = draft_of(partner_user)
    browser = Client()
    sign_in(browser, partner_user)

    def act(n):
        if n:
            return browser.post(reverse("leads:discard", args=[draft.pk])).status_code
        return drafts.submit(draft.pk, partner_user, timezone.now())

    result, _ = race(2, act)
    if isinstance(result, Lead):
        assert Draft.objects.get().lead == result
    else:
        assert isinstance(result, drafts.Discarded)
        assert Draft.objects.get().discarded_at
        assert not Lead.objects.exists()
