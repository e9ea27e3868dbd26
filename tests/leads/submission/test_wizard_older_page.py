"""A page that was drawn before the draft got its newest answers overwrites none of them."""

import re
from html import unescape

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from leads.fields import Page, answers_in
from leads.models import Draft, Lead
from leads.submission.typed_page import OlderPage, TypedPage, stamp
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line, plan
from tests.leads.browser import LIST, address, answers, autosave, post, text

OLD = "This page was out of date"


def shown_by(client, draft_id, page):
    """Return the hidden field with which the page says what it shows."""
    html = text(client.get(address(draft_id, page)))
    return {"shown": unescape(re.search(r'name="shown" value="([^"]*)"', html)[1])}


@pytest.fixture
def empty(partner_user):
    """A draft of one letter: page 1 is as good as empty."""
    return draft_of(partner_user, {"company_name": "N"})


def filled(client, draft):
    """Fill page 1 elsewhere, after it was drawn here."""
    for name, value in CONTACT.items():
        autosave(client, draft.pk, **{name: value})


@pytest.mark.database
@pytest.mark.parametrize("action", ["continue", "later"])
def test_blanks_that_nobody_typed_do_not_overwrite_the_draft(signed_in, empty, action):
    page = shown_by(signed_in, empty.pk, "contact")
    filled(signed_in, empty)
    response = post(signed_in, empty.pk, "contact", {**page, "company_name": "N"}, action)
    assert answers(empty.pk) == CONTACT
    if action == "continue":
        assert response.url == address(empty.pk, "contact")
        shown = text(signed_in.get(response.url))
        assert OLD in shown
        assert CONTACT["contact_email"] in shown
    else:
        assert response.url == LIST
        assert OLD not in text(signed_in.get(response.url))


def test_what_was_typed_in_an_older_page_counts(signed_in, empty):
    page = shown_by(signed_in, empty.pk, "contact")
    filled(signed_in, empty)
    typed = {**page, "company_name": "Nordwind AG", "first_name": "Zoë"}
    response = post(signed_in, empty.pk, "contact", typed)
    assert response.url == address(empty.pk, "contact"), "the rest was not seen"
    kept = {**CONTACT, "company_name": "Nordwind AG", "first_name": "Zoë"}
    assert answers(empty.pk) == kept
    again = shown_by(signed_in, empty.pk, "contact")
    assert post(signed_in, empty.pk, "contact", {**kept, **again}).url == address(empty.pk, "deal")


def test_a_field_emptied_by_hand_is_empty(signed_in, draft):
    page = shown_by(signed_in, draft.pk, "contact")
    typed = {**CONTACT, **page, "job_title": ""}
    assert post(signed_in, draft.pk, "contact", typed).url == address(draft.pk, "deal")
    assert "job_title" not in answers(draft.pk)


def test_a_field_filled_and_emptied_on_one_page_is_empty(signed_in, partner_user):
    draft = draft_of(partner_user, {**CONTACT, "job_title": ""})
    page = shown_by(signed_in, draft.pk, "contact")
    autosave(signed_in, draft.pk, job_title="Head of")
    typed = {**CONTACT, **page, "job_title": "", "touched": "job_title"}
    assert post(signed_in, draft.pk, "contact", typed).url == address(draft.pk, "deal")
    assert "job_title" not in answers(draft.pk)


def test_a_page_with_several_lines_of_text_is_not_older_for_its_line_ends(signed_in, partner_user):
    draft = draft_of(partner_user, {**CONTACT, "description": "one\ntwo"})
    page = shown_by(signed_in, draft.pk, "contact")
    autosave(signed_in, draft.pk, description="one\r\ntwo")
    response = post(
        signed_in, draft.pk, "contact", {**CONTACT, **page, "description": "one\r\ntwo"}
    )
    assert response.url == address(draft.pk, "deal")


@pytest.mark.database
@pytest.mark.parametrize("action", ["add-line", "remove-line-0", "recalculate"])
def test_lines_of_an_older_page_are_neither_mixed_nor_removed(signed_in, draft, action):
    page = shown_by(signed_in, draft.pk, "deal")
    newer = deal((("helpdesk", "team", 7), ("chatbot", "team", 3, "monthly")))
    post(signed_in, draft.pk, "deal", newer, "recalculate")
    response = post(signed_in, draft.pk, "deal", {**deal(), **page}, action)
    assert newer.items() <= answers(draft.pk).items()
    assert OLD in text(signed_in.get(response.url))


def test_page_2_just_opened_is_not_older_than_its_draft(signed_in, partner_user):
    draft = draft_of(partner_user, CONTACT)
    page = shown_by(signed_in, draft.pk, "deal")
    typed = {**page, **line(0, plan("livechat", "team"), 3), "commission_type": "flat_fee"}
    assert post(signed_in, draft.pk, "deal", typed).url == address(draft.pk, "agreements")


@pytest.mark.database
def test_nothing_is_agreed_to_that_the_page_did_not_show(signed_in, partner_user):
    draft = draft_of(partner_user, {**CONTACT, **deal()})
    page = shown_by(signed_in, draft.pk, "agreements")
    for name, value in agreements().items():
        autosave(signed_in, draft.pk, **{name: value})
    unticked = {"is_included_in_communication": "on", **page}
    response = post(signed_in, draft.pk, "agreements", unticked, "submit")
    assert response.url == address(draft.pk, "agreements")
    assert not Lead.objects.exists()
    assert agreements().items() <= answers(draft.pk).items()
    again = shown_by(signed_in, draft.pk, "agreements")
    response = post(signed_in, draft.pk, "agreements", {**agreements(), **again}, "submit")
    assert response.url == reverse("leads:submitted", args=[Lead.objects.get().reference])


def test_a_page_of_the_summary_is_checked_on_the_way_back_to_it(signed_in, draft):
    page = shown_by(signed_in, draft.pk, "contact")
    autosave(signed_in, draft.pk, company_name="Newer")
    response = post(signed_in, draft.pk, "contact", {**CONTACT, **page}, suffix="?from_summary=1")
    assert response.url == address(draft.pk, "contact") + "?from_summary=1"


def test_an_older_page_of_a_sent_draft_leads_to_the_lead(signed_in, draft):
    page = shown_by(signed_in, draft.pk, "contact")
    post(signed_in, draft.pk, "agreements", agreements(), "submit")
    reference = Lead.objects.get().reference
    response = post(signed_in, draft.pk, "contact", {**CONTACT, **page}, "later")
    assert response.url == reverse("leads:submitted", args=[reference])
    assert Draft.objects.get().answers == {}


NAMES = [*CONTACT]
ANSWERS = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=3), max_size=len(NAMES)).map(
    lambda found: {name: value for name, value in found.items() if value.strip("\x00")}
)


@given(
    drawn=ANSWERS, saved=ANSWERS, typed=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=3))
)
def test_every_field_ends_as_typed_or_as_saved_last(drawn, saved, typed):
    """Whatever the page showed, whatever was saved since, whatever was typed in it."""
    drawn, saved = answers_in(Page.CONTACT, drawn), answers_in(Page.CONTACT, saved)
    posted = {**drawn, **typed, "shown": stamp(Page.CONTACT, drawn), "touched": " ".join(typed)}
    page = TypedPage.of(Page.CONTACT, posted)
    expected = {**saved, **{name: value.replace("\x00", "") for name, value in typed.items()}}
    wanted = {name: value.replace("\r\n", "\n") for name, value in expected.items() if value}
    merged = {name: value.replace("\r\n", "\n") for name, value in page.merge(saved).items()}
    assert merged == wanted
    untyped = {name for name in NAMES if name not in typed}
    unseen = any(
        drawn.get(name, "").replace("\r\n", "\n") != saved.get(name, "").replace("\r\n", "\n")
        for name in untyped
    )
    if unseen:
        with pytest.raises(OlderPage):
            page.change(saved)
    else:
        assert page.change(saved) == page.merge(saved)
