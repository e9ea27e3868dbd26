"""The demo that `make run` loads: the whole story once, and nothing where it is no place for it."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commissions.ledger.models import LedgerEntry
from commissions.payouts.models import BatchDownload
from leadportal.approvals.models import Approval
from leadportal.mail.models import OutgoingMail
from leadportal.partners.models import User
from leads.models import Draft, Lead, LeadEvent
from leads.status import MOVES, Status
from tests.leads.world import world

PEOPLE = ("partner", "teammate", "stranger", "sales", "finance", "admin")


def load() -> str:
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def test_demo_shows_every_status_with_a_history_and_is_loaded_once(db, settings, outbox):
    settings.DEBUG = True
    settings.DEMO_PASSWORD = "open sesame to all"
    said = load()
    assert "The demo was loaded." in said
    for name in PEOPLE:
        assert f"{name}@example.com" in said
        assert User.objects.get(email=f"{name}@example.com").check_password("open sesame to all")
    partner, teammate, stranger = (
        User.objects.get(email=f"{name}@example.com") for name in PEOPLE[:3]
    )
    assert partner.partner == teammate.partner != stranger.partner
    assert (partner.role, teammate.role) == (User.Role.OWNER, User.Role.MEMBER)

    counts = Counter(Lead.objects.filter(partner=partner.partner).values_list("status", flat=True))
    assert set(counts) == set(Status)
    for lead in Lead.objects.prefetch_related("events"):
        now = ""
        for event in sorted(lead.events.all(), key=lambda event: event.pk):
            assert event.to_status in MOVES.get(now, (Status.SUBMITTED,))
            assert lead.submitted_at <= event.at <= lead.changed_at
            now = event.to_status
        assert now == lead.status
        assert event.at == lead.changed_at
    assert Draft.objects.to_continue().exists()
    commissions = LedgerEntry.objects.filter(kind="commission", account__partner=partner.partner)
    assert counts[Status.WON] == commissions.filter(lead__isnull=False).count()
    [undone] = commissions.filter(lead=None)
    assert Lead.objects.get(reference=undone.reference).status == Status.APPROVED
    won = Lead.objects.filter(partner=partner.partner, status=Status.WON)
    states = Counter(lead.current_credit.state.split(" on ")[0] for lead in won)
    assert (states["corrected"], states["reversed"]) == (1, 1)
    assert not OutgoingMail.objects.exists(), "nobody is told of the past"
    paid, exported = BatchDownload.objects.order_by("pk")
    assert [row.withdrawal.status for row in paid.payments.all()] == ["paid"]
    assert [row.withdrawal.status for row in exported.payments.all()] == ["pending"]
    admin = User.objects.get(email="admin@example.com")
    win, release, adjustment = Approval.objects.for_decision_by(admin)
    assert (win.kind, release.kind, adjustment.kind) == (
        "win",
        "release-from-batch",
        "adjustment",
    )
    assert release.requested_by.email == adjustment.requested_by.email == "finance@example.com"
    assert win.requested_by.email == "sales@example.com"
    assert exported.at < release.requested_at
    suspended = User.objects.get(email="suspended@example.com").partner
    assert suspended.is_suspended
    assert suspended.leads.get().status == Status.SUBMITTED
    call_command("audit_ledger", stdout=StringIO(), stderr=StringIO())

    before = world(), list(User.objects.order_by("pk").values())
    assert "The demo was loaded." not in load()
    assert (world(), list(User.objects.order_by("pk").values())) == before


def test_demo_is_not_loaded_where_debug_is_off(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only where DEBUG is on"):
        load()
    assert not User.objects.exists()
    assert not LeadEvent.objects.exists()
