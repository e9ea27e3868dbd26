"""Whom the emails about a lead reach: its submitter, or the owners; of a win also the owners."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.catalog.price_list import Choice
from commissions.payouts import emails as payout_emails
from commissions.payouts import withdrawals
from leadportal.partners.models import User
from leads import emails
from leads.decisions import Decision, decide
from leads.models import Lead
from leads.status import Status
from tests.commissions.finance import all_of, requested
from tests.factories import LeadFactory, PartnerFactory, UserFactory
from tests.leads.triage_pages import address, text
from tests.sessions import sign_in


@pytest.fixture
def team(partner) -> dict[str, User]:
    """Two owners, one who has left, and two members."""
    owner = {"partner": partner, "role": User.Role.OWNER}
    return {
        "first": UserFactory(email="first@b.example", **owner),
        "second": UserFactory(email="second@b.example", **owner),
        "gone": UserFactory(email="gone@b.example", is_active=False, **owner),
        "member": UserFactory(email="member@b.example", partner=partner, role=User.Role.MEMBER),
    }


def leave(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def move(person: User) -> None:
    User.objects.filter(pk=person.pk).update(partner=PartnerFactory())


def stay(person: User) -> None:
    pass


OWNERS = ["first@b.example", "second@b.example"]


@pytest.mark.parametrize(
    ("submitter", "happened", "to", "expected"),
    [
        ("member", stay, Status.APPROVED, ["member@b.example"]),
        ("member", leave, Status.APPROVED, OWNERS),
        ("member", move, Status.APPROVED, OWNERS),
        ("member", move, Status.REJECTED, OWNERS),
        ("first", stay, Status.REJECTED, ["first@b.example"]),
        ("first", leave, Status.REJECTED, ["second@b.example"]),
        ("member", stay, Status.LOST, ["member@b.example"]),
        ("member", stay, Status.WON, ["member@b.example", *OWNERS]),
        ("first", stay, Status.WON, OWNERS),
        ("member", leave, Status.WON, OWNERS),
        ("first", move, Status.WON, ["second@b.example"]),
    ],
)
def test_emails_reach_the_submitter_or_the_owners_each_person_once(
    team, partner, sales_user, submitter, happened, to, expected
):
    before = Status.SUBMITTED if to in (Status.APPROVED, Status.REJECTED) else Status.APPROVED
    lead = LeadFactory(partner=partner, submitted_by=team[submitter], status=before)
    happened(team[submitter])
    reason = {Status.REJECTED: "other", Status.LOST: "other"}.get(to, "")
    bought = lead.submitted_lines if to == Status.WON else []
    lines = [Choice(line.plan, line.agents, line.billing_cycle) for line in bought]
    decide(
        Lead.objects.filter(pk=lead.pk),
        Decision(to, "Thank you.", reason=reason, lines=lines),
        sales_user,
    )
    assert [message.to for message in mail.outbox] == [[address] for address in expected]
    assert len({message.body for message in mail.outbox}) == 1


def test_nobody_is_emailed_where_nobody_is_left(team, partner, sales_user):
    lead = LeadFactory(partner=partner, submitted_by=team["member"])
    User.objects.filter(partner=partner).update(is_active=False)
    [outcome] = decide(Lead.objects.all(), Decision(Status.APPROVED, "Thank you."), sales_user)
    assert outcome.moved
    assert not mail.outbox
    assert lead.pk == outcome.lead.pk


def test_owners_are_read_once_for_all_leads(partner, team):
    leads = [
        LeadFactory(partner=partner, submitted_by=team["member"], status=Status.WON)
        for _ in range(5)
    ]
    costs = []
    for count in (1, 5):
        rows = list(Lead.objects.select_related("submitted_by").order_by("pk")[:count])
        with CaptureQueriesContext(connection) as captured:
            found = emails.recipients(rows)
        costs.append(len(captured))
        assert [len(people) for _, people in found] == [3] * count
    assert costs == [1, 1]
    assert len(leads) == 5


def test_sales_see_before_deciding_whom_the_email_reaches(client, team, partner, sales_user):
    sign_in(client, sales_user)
    lead = LeadFactory(partner=partner, submitted_by=team["member"], status=Status.APPROVED)
    page = text(client.get(address(lead, "win")))
    assert "To member@b.example, first@b.example, second@b.example" in page
    User.objects.filter(partner=partner).update(is_active=False)
    page = text(client.get(address(lead, "lose")))
    assert "To nobody, as the partner has no active owner" in page


@pytest.mark.parametrize("happened", [leave, move])
def test_owners_are_emailed_about_a_payment_if_the_requester_has_left(finance_user, happened):
    row = requested()
    other = UserFactory(partner=row.account.partner, email="other@b.example")
    happened(row.requested_by)
    mail.outbox.clear()
    withdrawals.mark_paid(all_of(row), "PP-1", finance_user)
    assert [message.to for message in mail.outbox] == [[other.email]]
    assert payout_emails.recipients([]) == []
