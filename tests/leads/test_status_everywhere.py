"""Every status and every reason is known in every place that shows or uses one."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.admin.sites import site
from django.test import RequestFactory
from django.urls import reverse

from commissions.payouts.models.withdrawal import TONES as WITHDRAWAL_TONES
from leadportal.approvals.models import TONES as APPROVAL_TONES
from leads import emails
from leads.decisions import Decision, decide
from leads.models import Lead
from leads.status import (
    DECISIONS,
    DEFINITIONS,
    REASON_DEFINITIONS,
    REASONS,
    TRANSITIONS,
    Reason,
    Status,
)
from leads.status_texts import guide, status_texts
from leads.triage.filters import StatusFilter
from tests.factories import LeadFactory, StaffFactory, UserFactory
from tests.sessions import sign_in

CSS = Path(settings.BASE_DIR) / "static" / "css"
DOCS = Path(settings.BASE_DIR) / "docs" / "status-machine.md"

every_status = pytest.mark.parametrize("status", Status)


def test_every_status_is_defined_and_has_its_transitions():
    assert set(DEFINITIONS) == set(TRANSITIONS) == set(Status)
    assert {to for targets in TRANSITIONS.values() for to in targets} == set(DECISIONS)


@every_status
def test_a_definition_says_everything(status):
    definition = status.definition
    assert definition.meaning
    assert definition.next_step
    assert status.label in DOCS.read_text()
    if status in DECISIONS:
        texts = (definition.verb, definition.slug, definition.email_subject)
        assert all((*texts, definition.email_heading, definition.email_text))
        assert definition.message or REASONS[status], "sales are proposed a message"
        assert reverse(f"admin:leads_lead_{definition.slug}", args=[1])


@every_status
def test_a_status_is_shown_on_every_page(status, client, db):
    user = UserFactory()
    lead = LeadFactory(partner=user.partner, submitted_by=user, status=status)
    sign_in(client, user)
    tab = client.get(reverse("leads:list"))
    assert f'href="?status={status}"' in tab.text, "the filter of the Leads tab"
    assert f'status-{status.definition.tone}">{status.label}<' in tab.text, "the badge"
    detail = client.get(lead.get_absolute_url())
    texts = status_texts(lead, "other" if status in REASONS else "")
    assert texts.meaning in detail.text
    home = client.get(reverse("home"))
    assert status.label in home.text
    assert dict(guide())[status]


@every_status
def test_a_status_is_a_filter_of_the_queue(status, rf: RequestFactory, db):
    request = rf.get("/")
    offered = StatusFilter(request, {}, Lead, site.get_model_admin(Lead)).lookup_choices
    assert (status.value, status.label) in offered


@pytest.mark.parametrize("status", DECISIONS)
def test_a_decided_status_has_its_email(status, db):
    lead = LeadFactory(status=status)
    reason = REASONS.get(status, ("",))[0]
    email = emails.decided(lead, reason, "Thank you.", to="owner@brightside.example")
    assert lead.company_name in email.subject
    assert lead.reference in email.body
    assert status_texts(lead, reason).next_step in email.body
    assert "{" not in email.subject + email.body, "no placeholder is left"


@pytest.mark.database
@every_status
def test_the_database_knows_a_status(status, db):
    known = next(c for c in Lead._meta.constraints if c.name == "lead_status_known")
    assert status in dict(known.condition.children)["status__in"]
    assert LeadFactory(status=status).status == status


def test_every_tone_is_drawn_in_css():
    rules = "".join(path.read_text() for path in CSS.glob("*.css"))
    tones = {definition.tone for definition in DEFINITIONS.values()}
    for tone in tones | set(WITHDRAWAL_TONES.values()) | set(APPROVAL_TONES.values()):
        assert f".status-{tone} " in rules or f".status-{tone}," in rules, tone


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_its_message_and_next_step(reason):
    definition = REASON_DEFINITIONS[reason]
    assert definition.statuses
    assert all(reason in REASONS[status] for status in definition.statuses)
    assert definition.message or reason == Reason.OTHER
    assert definition.next_step


@pytest.mark.parametrize("reason", Reason)
def test_a_lead_is_submitted_again_only_where_that_makes_sense(reason, client, db):
    """The page offers no button, and the URL refuses it, for a company that is a customer."""
    definition = REASON_DEFINITIONS[reason]
    status = definition.statuses[0]
    before = next(old for old, targets in TRANSITIONS.items() if status in targets)
    user = UserFactory()
    lead = LeadFactory(partner=user.partner, submitted_by=user, status=before)
    decision = Decision(to=status, message="Thank you.", reason=reason)
    [outcome] = decide(Lead.objects.filter(pk=lead.pk), decision, StaffFactory(is_superuser=True))
    assert outcome.moved
    sign_in(client, user)
    page = client.get(lead.get_absolute_url())
    assert definition.next_step in page.text
    assert ("Submit again with changes" in page.text) == definition.can_resubmit
    again = client.post(reverse("leads:again", args=[lead.reference]), {"draft": str(uuid4())})
    assert again.status_code == (302 if definition.can_resubmit else 404)
