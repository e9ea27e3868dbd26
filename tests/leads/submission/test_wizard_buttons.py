"""The form's buttons: a line more or less, the sums, Change, Discard. No script is needed."""

import re
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from leads.models import Draft, Lead
from leads.submission import drafts
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line, plan
from tests.leads.browser import address, answers, autosave, post, text

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


def test_lines_can_be_added_up_to_ten(signed_in, partner_user):
    eight = {name: value for n in range(8) for name, value in line(n, agents=n + 1).items()}
    draft = draft_of(partner_user, CONTACT | eight)
    for _ in range(4):
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


def test_a_line_that_is_not_there_cannot_be_removed(signed_in, draft):
    for action in ("remove-line-7", "remove-line-99", "remove-line--1"):
        post(signed_in, draft.pk, "deal", deal(), action)
        assert deal().items() <= answers(draft.pk).items()


@pytest.mark.database
def test_the_sums_are_recomputed_by_a_button(signed_in, draft):
    typed = {**deal((("livechat", "business", 5), ("helpdesk", "team", 5)))}
    response = post(signed_in, draft.pk, "deal", typed, "recalculate")
    assert response.url == address(draft.pk, "deal") + "#estimate"
    shown = text(signed_in.get(response.url))
    for words in ("$5,280.00", "10% of $5,280.00 = $528.00", "$500.00", "Pays $28.00 more"):
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
        "10% of $3,540.00 = $354.00",
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


def test_a_forged_change_leads_nowhere_else(signed_in, draft):
    for forged in ("contact-<script>", "evil-domain", "contact-", "//evil.test"):
        response = post(signed_in, draft.pk, "agreements", agreements(), f"change-{forged}")
        assert response.url == reverse("leads:list")


# Discarding


@pytest.mark.database
def test_a_draft_is_discarded_after_one_confirmation(signed_in, draft):
    url = reverse("leads:discard", args=[draft.pk])
    assert "Nordwind Retail" in text(signed_in.get(url))
    assert Draft.objects.exists()
    response = signed_in.post(url, follow=True)
    assert "The draft was discarded." in text(response)
    assert "Nordwind Retail" not in text(signed_in.get(reverse("leads:list")))
    assert answers(draft.pk) == {}, "what was typed is gone"
    assert signed_in.post(url).status_code == 410


@pytest.mark.database
def test_a_draft_that_became_a_lead_is_not_discarded(signed_in, partner_user, draft):
    lead = drafts.submit(draft.pk, partner_user, draft.saved_at)
    url = reverse("leads:discard", args=[draft.pk])
    for ask in (signed_in.get, signed_in.post):
        response = ask(url, follow=True)
        assert response.redirect_chain[0][0] == reverse("leads:submitted", args=[lead.reference])
        assert "This draft has already been submitted." in text(response)
        assert "was discarded" not in text(response)
    draft.refresh_from_db()
    assert (draft.lead, draft.discarded_at) == (lead, None)


def test_a_draft_is_discarded_by_a_post_alone(signed_in, draft):
    for ask in (signed_in.put, signed_in.patch, signed_in.delete, signed_in.options):
        assert ask(reverse("leads:discard", args=[draft.pk])).status_code == 405
    assert answers(draft.pk) == draft.answers


# Draft discarded stays discarded, whatever another tab or an old page sends


@pytest.fixture
def discarded(partner_user, draft):
    drafts.discard(draft.pk, partner_user, draft.saved_at)
    return draft.pk


@pytest.mark.database
def test_an_old_tabs_autosave_does_not_bring_a_discarded_draft_back(signed_in, discarded):
    for value in ("Owner", ""):
        response = autosave(signed_in, discarded, job_title=value)
        assert response.status_code == 410
        assert text(response) == "Not saved: this draft was discarded."
    assert answers(discarded) == {}


@pytest.mark.parametrize("place", ["contact", "deal", "agreements"])
def test_an_old_page_of_a_discarded_draft_saves_and_sends_nothing(signed_in, discarded, place):
    typed = {**CONTACT, **deal(), **agreements()}
    for action in ("continue", "later", "add-line", "submit"):
        response = post(signed_in, discarded, place, typed, action)
        assert response.status_code == 410
        assert "This draft was discarded" in text(response)
        assert answers(discarded) == {}
    assert Draft.objects.count() == 1
    assert not Lead.objects.exists()


def test_what_was_typed_on_an_old_page_can_begin_a_new_draft(signed_in, discarded):
    typed = CONTACT | {"description": 'first "line"\r\n<second>'}
    page = text(post(signed_in, discarded, "contact", typed)).partition("<main")[2]
    (url,) = re.findall(r'action="([^"]+/contact/)"', page)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields = {name: unescape(value) for name, value in fields.items()}
    assert fields.pop("csrfmiddlewaretoken")
    assert fields.pop("form_owner")
    assert fields == typed
    for _ in range(2):
        response = signed_in.post(url, fields | {"action": "continue"})
    kept = Draft.objects.to_continue().get()
    assert response.url == address(kept.pk, "deal")
    assert kept.answers == typed
    assert kept.pk != discarded


def test_an_address_of_a_discarded_draft_says_so(signed_in, discarded):
    places = [address(discarded, place) for place in ("contact", "deal", "agreements")]
    names = ("resume", "discard")
    for url in [*places, *(reverse(f"leads:{name}", args=[discarded]) for name in names)]:
        response = signed_in.get(url)
        assert response.status_code == 410
        assert "This draft was discarded" in text(response)
        assert reverse("leads:submit") in text(response)
    for name in ("estimate", "warnings"):
        assert signed_in.post(reverse(f"leads:{name}", args=[discarded])).status_code == 410


def test_a_discarded_draft_looks_to_others_like_none(browser_of, stranger, teammate, discarded):
    for who in (stranger, teammate):
        assert browser_of(who).get(address(discarded, "contact")).status_code == 404
        assert autosave(browser_of(who), discarded, job_title="x").status_code == 404


@pytest.mark.database
def test_a_draft_discarded_while_it_is_sent_is_not_sent(partner_user, discarded):
    with pytest.raises(drafts.Discarded):
        drafts.submit(discarded, partner_user, timezone.now())


@pytest.mark.database
def test_the_database_keeps_no_draft_that_is_both_sent_and_discarded(partner_user, draft):
    drafts.submit(draft.pk, partner_user, draft.saved_at)
    with pytest.raises(IntegrityError, match="draft_sent_or_discarded"), transaction.atomic():
        Draft.objects.update(discarded_at=timezone.now())
