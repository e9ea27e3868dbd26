"""The author's drafts: five on the Leads tab, all on a page of their own."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.fields import Page
from leads.models import Draft
from tests.leads.answers import draft_of
from tests.leads.browser import LIST, autosave, text

pytestmark = pytest.mark.database

DRAFTS = reverse("leads:drafts")


def begun(response):
    return re.findall(r"Continue: ([^<]+)<", text(response))


def fill(author, count):
    for number in range(count):
        draft_of(author, {"company_name": f"Draft {number}", "description": "x" * 20_000})


def cost(client, path, **query):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, query).status_code == 200
    return len(captured)


def test_leads_tab_shows_the_five_latest_and_a_link_to_all(signed_in, partner_user):
    fill(partner_user, 5)
    assert DRAFTS not in text(signed_in.get(LIST))
    fill(partner_user, 1)
    shown = signed_in.get(LIST)
    assert begun(shown) == ["Draft 0", "Draft 4", "Draft 3", "Draft 2", "Draft 1"]
    assert f'href="{DRAFTS}"' in text(shown)


def test_leads_tab_stays_light_with_254_drafts(signed_in, partner_user):
    fill(partner_user, 5)
    with_five = len(signed_in.get(LIST).content)
    fill(partner_user, 249)
    assert len(signed_in.get(LIST).content) < with_five + 200


def test_no_answers_are_read_for_a_list(signed_in, partner_user):
    fill(partner_user, 1)
    for path in (LIST, DRAFTS):
        ((draft, _),) = signed_in.get(path).context["drafts"]
        assert draft.get_deferred_fields() == {"answers"}


@pytest.mark.parametrize("path", [LIST, DRAFTS])
def test_draft_says_on_which_page_it_was_saved(signed_in, partner_user, path):
    draft = draft_of(partner_user, {"company_name": "Nordwind"})
    for name, page in (("commission_type", Page.DEAL), ("attends_meetings", Page.AGREEMENTS)):
        autosave(signed_in, draft.pk, **{name: "x"})
        assert f"page {page.number} of 3, saved" in text(signed_in.get(path))


def test_all_drafts_are_paged_latest_first(signed_in, partner_user):
    fill(partner_user, 60)
    at = timezone.now()
    Draft.objects.update(saved_at=at)  # their keys decide
    expected = [str(pk) for pk in Draft.objects.to_continue().values_list("pk", flat=True)]
    found, query = [], {}
    while True:
        response = signed_in.get(DRAFTS, query)
        found += re.findall(r'<a href="[^"]*/submit/([0-9a-f-]{36})/">', text(response))
        if not response.context["page"].older:
            break
        query = {"before": response.context["page"].older}
    assert found == expected
    back = signed_in.get(DRAFTS, {"after": response.context["page"].newer})
    assert [str(row.pk) for row in back.context["page"].rows] == expected[25:50]


@pytest.mark.parametrize("cursor", ["x", "1-" + "g" * 32, "9" * 17 + "-" + "0" * 32, "\x00"])
def test_cursor_that_is_none_shows_the_first_page(signed_in, partner_user, cursor):
    fill(partner_user, 2)
    assert begun(signed_in.get(DRAFTS, {"before": cursor})) == ["Draft 1", "Draft 0"]


def test_drafts_of_teammates_are_not_listed(browser_of, partner_user, teammate):
    fill(partner_user, 1)
    assert begun(browser_of(teammate).get(DRAFTS)) == []
    assert "No drafts" in text(browser_of(teammate).get(DRAFTS))


def test_queries_do_not_grow_with_the_drafts(signed_in, partner_user):
    fill(partner_user, 1)
    signed_in.get(DRAFTS)
    with_one = cost(signed_in, DRAFTS), cost(signed_in, LIST)
    fill(partner_user, 59)
    # Session, user with organization, drafts; on the tab counters, leads and no lines, too.
    assert with_one == (cost(signed_in, DRAFTS), cost(signed_in, LIST)) == (3, 5)
