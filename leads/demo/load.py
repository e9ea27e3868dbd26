"""Load the demo's story through the real entry points, each step at its own moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from unittest import mock
from uuid import uuid4

import phonenumbers
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import amendments
from commissions.payouts import batches, billing, withdrawals
from commissions.payouts.models import Withdrawal
from leadportal.db.groups import FINANCE, SALES
from leadportal.partners import suspension
from leadportal.partners.models import Partner, User
from leads.decisions import Decision, decide, undo_win
from leads.demo.story import (
    ADJUSTMENT,
    ADJUSTMENT_DAYS_AGO,
    BILLING,
    BILLING_DAYS_AGO,
    EXPORTED_DAYS_AGO,
    FORMER,
    LARGE_WIN,
    LARGE_WIN_ANNUAL,
    LARGE_WIN_DAYS_AGO,
    LARGE_WIN_MESSAGE,
    LARGE_WIN_NOTE,
    PAID_DAYS_AGO,
    PARTNER,
    RELEASE_REASON,
    RELEASE_REQUESTED_DAYS_AGO,
    STORIES,
    STRANGER,
    STRANGER_BILLING,
    STRANGER_WITHDRAWN_DAYS_AGO,
    SUSPENDED,
    SUSPENDED_DAYS_AGO,
    SUSPENSION_REASON,
    TEAMMATE,
    WITHDRAWN_DAYS_AGO,
    Amended,
    Decided,
    Lines,
    Story,
)
from leads.models import Lead
from leads.status import Status
from leads.submission import drafts

SALES_PERSON = "sales@example.com"
FINANCE_PERSON = "finance@example.com"


def load() -> bool:
    """Load the demo once, in one transaction; return whether there was anything to load."""
    if User.objects.filter(is_demo=True).exists():
        return False
    with transaction.atomic():
        people = _people()
        _load_story(people)
        _drafts(people)
    return True


def _people() -> dict[str, User]:
    brightside = Partner.objects.create(name="Brightside Consulting", domain="brightside.example")
    summit = Partner.objects.create(name="Summit Resellers", domain="summit-resellers.example")
    harbour = Partner.objects.create(name="Harbour Digital", domain="harbour-digital.example")
    people = {
        PARTNER: _person(PARTNER, "Paula Brandt", partner=brightside, role=User.Role.OWNER),
        TEAMMATE: _person(TEAMMATE, "Tom Okoro", partner=brightside),
        STRANGER: _person(STRANGER, "Stella Lund", partner=harbour, role=User.Role.OWNER),
        SUSPENDED: _person(SUSPENDED, "Ruben Haas", partner=summit, role=User.Role.OWNER),
        SALES_PERSON: _person(SALES_PERSON, "Sam Keller", is_staff=True),
        FINANCE_PERSON: _person(FINANCE_PERSON, "Fiona Hart", is_staff=True),
        "admin@example.com": _person(
            "admin@example.com", "Ada Moreno", is_staff=True, is_superuser=True
        ),
    }
    people[SALES_PERSON].groups.add(Group.objects.get(name=SALES))
    people[FINANCE_PERSON].groups.add(Group.objects.get(name=FINANCE))
    return people


def _person(email: str, name: str, **fields: object) -> User:
    return User.objects.create_user(
        email, settings.DEMO_PASSWORD, name=name, is_demo=True, **fields
    )


def _load_story(people: dict[str, User]) -> None:
    """Submit, decide and pay in the order of time, as the ledger's entries must be."""
    now = timezone.now()
    leads: dict[Story, Lead] = {}
    steps: list[tuple[datetime, Callable[[datetime], None]]] = []
    for story in STORIES:
        at = now - timedelta(days=story.days_ago)
        steps.append((at, partial(_submit, story, people[story.author], leads)))
        steps += [
            (at + timedelta(hours=move.after), partial(_decide, story, move, people, leads))
            for move in story.decided
        ]
        steps += [
            (at + timedelta(hours=change.after), partial(_amend, story, change, people, leads))
            for change in story.amended
        ]
    steps += [
        (now - timedelta(days=BILLING_DAYS_AGO), partial(_enter_billing, people)),
        (now - timedelta(days=WITHDRAWN_DAYS_AGO), partial(_withdraw, people[PARTNER])),
        (now - timedelta(days=PAID_DAYS_AGO), partial(_pay, people)),
        (
            now - timedelta(days=STRANGER_WITHDRAWN_DAYS_AGO),
            partial(_withdraw, people[STRANGER]),
        ),
        (now - timedelta(days=EXPORTED_DAYS_AGO), partial(_export, people)),
        (now - timedelta(days=RELEASE_REQUESTED_DAYS_AGO), partial(_request_release, people)),
        (now - timedelta(days=LARGE_WIN_DAYS_AGO), partial(_request_win, people, leads)),
        (now - timedelta(days=ADJUSTMENT_DAYS_AGO), partial(_request_adjustment, people)),
        (now - timedelta(days=SUSPENDED_DAYS_AGO), partial(_suspend, people)),
    ]
    for at, step in sorted(steps, key=lambda dated: dated[0]):
        with _moment(at):
            step(at)


@contextmanager
def _moment(at: datetime) -> Iterator[None]:
    """Run everything inside as if it were `at`, and send no email about the past."""
    with (
        mock.patch("django.utils.timezone.now", return_value=at),
        mock.patch("leadportal.mail.outbox.queue"),
    ):
        yield


def _submit(story: Story, author: User, leads: dict[Story, Lead], at: datetime) -> None:
    draft = drafts.save(uuid4(), author, lambda _: _answers(story, at), at)
    leads[story] = drafts.submit(draft.pk, author, at)


def _decide(
    story: Story, move: Decided, people: dict[str, User], leads: dict[Story, Lead], at: datetime
) -> None:
    decision = _decision(move)
    lead = Lead.objects.filter(pk=leads[story].pk)
    (outcome,) = decide(lead, decision, people[SALES_PERSON])
    assert outcome.moved, outcome.problem  # noqa: S101 - the story's own mistake


def _amend(
    story: Story, change: Amended, people: dict[str, User], leads: dict[Story, Lead], at: datetime
) -> None:
    lead, finance = Lead.objects.get(pk=leads[story].pk), people[FINANCE_PERSON]
    assert lead.current_credit, lead  # noqa: S101 - the story's own mistake
    entry = lead.current_credit.latest
    if change.lines:
        amendments.correct(entry, _choices(change.lines), change.reason, finance)
        return
    amendments.reverse(entry, change.reason, finance)
    if change.undone:
        undo_win(lead.pk, _decision(change.undone), finance)


def _decision(move: Decided) -> Decision:
    return Decision(
        to=move.to,
        message=move.message,
        note=move.note,
        reason=move.reason,
        lines=_choices(move.lines),
        signed_on=timezone.localdate() - timedelta(days=move.signed_before),
    )


def _choices(lines: Lines) -> list[Choice]:
    return [Choice(_plan(product, code), agents, cycle) for product, code, agents, cycle in lines]


def _enter_billing(people: dict[str, User], at: datetime) -> None:
    billing.save(BILLING, people[PARTNER])
    billing.save(STRANGER_BILLING, people[STRANGER])


def _withdraw(owner: User, at: datetime) -> None:
    withdrawals.request(owner)


def _export(people: dict[str, User], at: datetime) -> None:
    finance = people[FINANCE_PERSON]
    batches.download(withdrawals.claim(Withdrawal.objects.all(), finance), finance)


def _pay(people: dict[str, User], at: datetime) -> None:
    _export(people, at)
    withdrawals.mark_paid(Withdrawal.objects.all(), "PP-5TK41827", people[FINANCE_PERSON])


def _request_release(people: dict[str, User], at: datetime) -> None:
    pending = Withdrawal.objects.awaiting_payment().get()
    batches.release(pending, RELEASE_REASON, people[FINANCE_PERSON], was_sent=False)


def _request_win(people: dict[str, User], leads: dict[Story, Lead], at: datetime) -> None:
    (story,) = (story for story in leads if story.company == LARGE_WIN)
    lines = [
        Choice(_plan(product, code), agents, cycle) for product, code, agents, cycle in story.lines
    ]
    lines[0] = replace(lines[0], agreed_annual=Decimal(LARGE_WIN_ANNUAL))
    win = Decision(Status.WON, LARGE_WIN_MESSAGE, LARGE_WIN_NOTE, lines=lines)
    lead = Lead.objects.filter(pk=leads[story].pk)
    (outcome,) = decide(lead, win, people[SALES_PERSON])
    assert outcome.request, outcome.problem  # noqa: S101 - the story's own mistake


def _request_adjustment(people: dict[str, User], at: datetime) -> None:
    partner = people[PARTNER].partner
    assert partner is not None  # noqa: S101 - an owner has an organization
    amount, reason, reference = ADJUSTMENT
    amendments.adjust(partner, Decimal(amount), reason, reference, people[FINANCE_PERSON])


def _suspend(people: dict[str, User], at: datetime) -> None:
    partner = people[SUSPENDED].partner
    assert partner is not None  # noqa: S101 - an owner has an organization
    suspension.suspend(partner, SUSPENSION_REASON, people["admin@example.com"])


def _answers(story: Story, at: datetime) -> dict[str, str]:
    number = phonenumbers.example_number(story.region)
    assert number is not None, story.region  # noqa: S101 - the story's own mistake
    terms = str(CommissionTerms.objects.in_force(timezone.localdate(at)).pk)
    answers = {
        "company_name": story.company,
        "domain": story.domain,
        "first_name": story.first_name,
        "last_name": story.last_name,
        "contact_email": f"hello@{story.domain}",
        "job_title": story.job_title,
        "region": story.region,
        "phone_number": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        "employees": story.employees,
        "description": story.description,
        "commission_type": story.commission_type,
        "is_included_in_communication": "on",
        "lead_is_informed": terms,
        "accepts_requirements": terms,
    }
    return {name: value for name, value in answers.items() if value} | _lines(story.lines)


def _lines(lines: Lines) -> dict[str, str]:
    answers = {}
    for index, (product, code, agents, cycle) in enumerate(lines):
        answers[f"lines-{index}-plan"] = str(_plan(product, code).pk)
        answers[f"lines-{index}-billing_cycle"] = cycle
        if agents is not None:
            answers[f"lines-{index}-agents"] = str(agents)
    return answers


def _plan(product: str, code: str) -> Plan:
    return Plan.objects.select_related("product").get(product__code=product, code=code)


def _drafts(people: dict[str, User]) -> None:
    now = timezone.now()
    begun = {
        "company_name": "Blue Harbour Hotels",
        "domain": "www.blueharbour.example",
        "first_name": "Nora",
    }
    drafts.save(uuid4(), people[PARTNER], lambda _: begun, now - timedelta(minutes=35))
    drafts.save(
        uuid4(),
        people[TEAMMATE],
        lambda _: {"company_name": "Kite & Co", "domain": "kite.example"},
        now - timedelta(days=2),
    )
    # Somebody who has left, and whose draft an owner can take over
    former = _person(FORMER, "Nadia Rossi", partner=people[PARTNER].partner)
    drafts.save(
        uuid4(),
        former,
        lambda _: {"company_name": "Larsen Boats", "domain": "larsenboats.example"},
        now - timedelta(days=16),
    )
    former.is_active = False
    former.save(update_fields=("is_active",))
