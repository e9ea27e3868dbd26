"""What the form's pages cost: the same with one line as with ten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commissions.catalog.models import Plan
from leads import emails
from leads.submission import drafts
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line
from tests.leads.browser import address

pytestmark = pytest.mark.database


@pytest.fixture
def two_drafts(partner_user):
    """A draft of one line, and one of ten."""
    plans = Plan.objects.select_related("product")
    ten = {}
    for place, plan in enumerate(plans):
        ten |= line(place, plan, "" if plan.is_flat else 5)
    rest = {**CONTACT, **agreements(), "commission_type": "flat_fee"}
    small, large = (
        draft_of(partner_user, {**rest, **deal()}),
        draft_of(partner_user, {**rest, **ten}),
    )
    assert len(plans) == 10
    return small, large


def statements(queries):
    """Return how many there were; a test's own transaction adds savepoints."""
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


@pytest.mark.parametrize(("place", "cost"), [("contact", 5), ("deal", 6), ("agreements", 8)])
def test_a_page_costs_the_same_whatever_the_lines(signed_in, two_drafts, place, cost):
    signed_in.get(reverse("leads:list"))
    for draft in two_drafts:
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(address(draft.pk, place)).status_code == 200
        assert statements(queries) == cost


def test_the_live_estimate_costs_the_same_whatever_the_lines(signed_in, two_drafts):
    for draft in two_drafts:
        with CaptureQueriesContext(connection) as queries:
            signed_in.post(reverse("leads:estimate", args=[draft.pk]), draft.answers)
        # Session, user with organization, draft, plans, terms, prices
        assert statements(queries) == 6


def test_autosave_reads_the_draft_once_and_writes_it_once(signed_in, two_drafts):
    url = reverse("leads:autosave", args=[two_drafts[0].pk])
    with CaptureQueriesContext(connection) as queries:
        signed_in.post(url, {"job_title": "Owner"})
    # Session, user with organization, draft, its change
    assert statements(queries) == 4


def test_submitting_costs_the_same_whatever_the_lines(two_drafts, partner_user):
    counts = []
    drafts.submit(draft_of(partner_user).pk, partner_user, two_drafts[0].saved_at)
    for draft in two_drafts:
        with CaptureQueriesContext(connection) as queries:
            drafts.submit(draft.pk, partner_user, draft.saved_at)
        counts.append(statements(queries))
    # Draft, plans, terms, prices; then lead, the draft's end, lines, counter, event (mail is not
    # queued)
    assert counts == [9, 9]


def test_once_it_writes_a_submission_reads_and_composes_nothing(
    two_drafts, partner_user, monkeypatch
):
    composed_after = []

    def compose(*args, **kwargs):
        composed_after.append(len(queries))
        return composed(*args, **kwargs)

    drafts.submit(two_drafts[0].pk, partner_user, two_drafts[0].saved_at)
    composed = emails.compose
    monkeypatch.setattr(emails, "compose", compose)
    with CaptureQueriesContext(connection) as queries:
        drafts.submit(two_drafts[1].pk, partner_user, two_drafts[1].saved_at)
    sql = [query["sql"] for query in queries]
    first = next(place for place, each in enumerate(sql) if each.startswith("INSERT"))
    assert len(composed_after) == 2, "the receipt and the notice"
    assert max(composed_after) <= first
    assert not [each for each in sql[first:] if each.startswith("SELECT")]
