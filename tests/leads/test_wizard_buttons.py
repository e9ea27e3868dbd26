"""The form's buttons: a line more or less, the sums, Change, Discard. No script is needed."""

import re

import pytest
from django.urls import reverse

from leads import wizard
from leads.models import Draft, Lead
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line, plan
from tests.leads.browser import address, answers, post, text

# Lines added and removed, without JavaScript


def test_another_line_keeps_everything_typed(signed_in, draft):
    typed = {**line(0, plan("livechat", "team"), "many", "monthly"), "commission_type": "flat_fee"}
    response = post(signed_in, draft.pk, "deal", typed, "add-line")
    assert response.url == address(draft.pk, "deal") + "#lines"
    kept = answers(draft.pk)
    assert typed.items() <= kept.items()
    assert CONTACT.items() <= kept.items()
    shown = text(signed_in.get(response.url))
    assert 'name="lines-1-plan"' in shown
    assert 'name="lines-2-plan"' not in shown
    assert 'value="many"' in shown


def test_lines_can_be_added_up_to_ten(signed_in, draft):
    for _ in range(12):
        post(signed_in, draft.pk, "deal", page_as_shown(signed_in, draft.pk), "add-line")
    shown = text(signed_in.get(address(draft.pk, "deal")))
    assert 'name="lines-9-plan"' in shown
    assert 'name="lines-10-plan"' not in shown
    assert "add-line" not in shown, "no button that does nothing"


def test_a_line_removed_leaves_the_others_as_they_were(signed_in, draft):
    typed = {
        **line(0, plan("livechat", "business"), 5),
        **line(1, plan("helpdesk", "team"), "seven"),
        **line(2, plan("chatbot", "team"), "", "monthly"),
        "commission_type": "flat_fee",
    }
    post(signed_in, draft.pk, "deal", typed, "remove-line-0")
    shown = page_as_shown(signed_in, draft.pk)
    assert shown == {
        **line(0, plan("helpdesk", "team"), "seven"),
        **line(1, plan("chatbot", "team"), "", "monthly"),
        "commission_type": "flat_fee",
    }


def test_the_only_line_removed_leaves_an_empty_one(signed_in, draft):
    post(signed_in, draft.pk, "deal", deal(), "remove-line-0")
    assert page_as_shown(signed_in, draft.pk) == {**line(0), "commission_type": "rev_share"}


@pytest.mark.parametrize("action", ["remove-line-7", "remove-line-99", "remove-line--1"])
def test_a_line_that_is_not_there_cannot_be_removed(signed_in, draft, action):
    post(signed_in, draft.pk, "deal", deal(), action)
    assert deal().items() <= answers(draft.pk).items()


def test_the_sums_are_recomputed_by_a_button(signed_in, draft):
    typed = {**deal((("livechat", "business", 5), ("helpdesk", "team", 5)))}
    response = post(signed_in, draft.pk, "deal", typed, "recalculate")
    assert response.url == address(draft.pk, "deal") + "#estimate"
    shown = text(signed_in.get(response.url))
    for words in ("$5,280.00", "10 % of $5,280.00 = $528.00", "$500.00", "Pays $28.00 more"):
        assert words in shown


def page_as_shown(client, draft_id):
    """Return what a browser would post of page 2 without touching it."""
    shown = text(client.get(address(draft_id, "deal")))
    typed = {}
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', shown, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        typed[name] = chosen[1] if chosen else ""
    for box in re.findall(r"<input[^>]+>", shown):
        name, value = re.search(r'name="([^"]+)"', box), re.search(r'value="([^"]*)"', box)
        if 'type="text"' in box:
            typed[name[1]] = value[1] if value else ""
        if 'type="radio"' in box and "checked" in box:
            typed[name[1]] = value[1]
    return typed


# Check your answers


def test_the_summary_says_every_answer_and_each_can_be_changed(signed_in, draft):
    shown = text(signed_in.get(address(draft.pk, "agreements")))
    for words in (
        "Nordwind Retail",
        "nordwind.example",
        "anna.lindqvist@nordwind.example",
        "Sweden",
        "+46812345678",
        "51–200",
        "12 × 5 agents × $59.00 = $3,540.00",
        "10 % of $3,540.00 = $354.00",
    ):
        assert words in shown
    for name in CONTACT:
        assert f'value="change-contact-{name}"' in shown
    assert 'value="change-deal-lines-0-plan"' in shown
    assert 'value="change-deal-commission_type"' in shown


def test_change_leads_to_the_line_itself_past_an_empty_one(signed_in, partner_user):
    typed = {**CONTACT, **line(0), **line(1, plan("livechat", "business"), 5)}
    draft = draft_of(partner_user, {**typed, "commission_type": "flat_fee"})
    shown = text(signed_in.get(address(draft.pk, "agreements")))
    assert 'value="change-deal-lines-1-plan"' in shown
    assert "change-deal-lines-0" not in shown


@pytest.mark.parametrize("name", [*CONTACT, "lines-0-plan", "commission_type"])
def test_change_leads_to_the_answer_and_back_to_the_summary(signed_in, draft, name):
    page = "contact" if name in CONTACT else "deal"
    typed = {"attends_meetings": "on"}
    response = post(signed_in, draft.pk, "agreements", typed, f"change-{page}-{name}")
    assert "attends_meetings" in answers(draft.pk), "what page 3 holds so far is kept"
    url, _, anchor = response.url.partition("#")
    assert url == address(draft.pk, page) + "?from_summary=1"
    shown = text(signed_in.get(url))
    assert f'id="{anchor}"' in shown, "the link's target is on the page"
    assert f'action="{url}"' in shown, "the page sent comes back here even after an error"
    changed = {**CONTACT, "company_name": "Changed"} if page == "contact" else deal()
    sent = post(signed_in, draft.pk, page, changed, suffix="?from_summary=1")
    assert sent.url == address(draft.pk, "agreements")


def test_a_change_to_the_deal_that_needs_a_line_more_still_returns_to_the_summary(signed_in, draft):
    response = post(signed_in, draft.pk, "deal", deal(), "add-line", suffix="?from_summary=1")
    typed = page_as_shown(signed_in, draft.pk)
    url = response.url.partition("#")[0]
    sent = signed_in.post(url, {**typed, "action": "continue"})
    assert sent.url == address(draft.pk, "agreements")


@pytest.mark.parametrize(
    "action",
    ["change-contact-<script>", "change-evil-domain", "change-contact-", "change-//evil.test"],
)
def test_a_forged_change_leads_nowhere_else(signed_in, draft, action):
    response = post(signed_in, draft.pk, "agreements", agreements(), action)
    assert response.url == reverse("leads:list")


# Discarding


def test_a_draft_is_discarded_after_it_was_asked_once(signed_in, draft):
    url = reverse("leads:discard", args=[draft.pk])
    assert "Nordwind Retail" in text(signed_in.get(url))
    assert Draft.objects.exists()
    response = signed_in.post(url, follow=True)
    assert "The draft was discarded." in text(response)
    assert not Draft.objects.exists()
    assert signed_in.post(url).status_code == 404


def test_a_draft_that_became_a_lead_is_not_discarded(signed_in, partner_user, draft):
    wizard.submit(draft.pk, partner_user, draft.saved_at)
    url = reverse("leads:discard", args=[draft.pk])
    assert signed_in.get(url).status_code == 404
    assert signed_in.post(url).status_code == 404
    assert Draft.objects.exists()
    assert Lead.objects.exists()
