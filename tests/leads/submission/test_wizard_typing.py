"""The form through a browser: what is typed is kept, and nothing is written by looking."""

import re
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from commissions.catalog.models import Plan
from leads.models import Draft, Lead
from tests.leads.answers import CONTACT, agreements, deal, draft_of, line, plan
from tests.leads.browser import address, answers, autosave, post, text, writes

PAGES = ("contact", "deal", "agreements")


@pytest.fixture
def new_id(db):
    """The UUID that page 1 of a new draft carries."""
    return uuid4()


# Looking writes nothing


def test_start_leads_to_page_1_of_a_new_draft_each_time(signed_in):
    first, second = (signed_in.get(reverse("leads:submit")).url for _ in range(2))
    assert first != second
    assert UUID(re.fullmatch(r"/solution/leads/submit/([0-9a-f-]{36})/contact/", first)[1])


def test_looking_at_a_new_draft_writes_nothing(signed_in, new_id):
    addresses = [reverse("leads:submit"), *(address(new_id, page) for page in PAGES)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for url in addresses:
            signed_in.get(url, follow=True)
            signed_in.head(url, follow=True)
    assert len(queries) > 10
    assert writes(queries) == []
    assert not Draft.objects.exists()


@pytest.mark.database
def test_looking_at_a_draft_writes_nothing(signed_in, draft):
    addresses = [
        reverse("leads:resume", args=[draft.pk]),
        reverse("leads:discard", args=[draft.pk]),
        reverse("leads:list"),
        *(address(draft.pk, page) + suffix for page in PAGES for suffix in ("", "?check=1")),
    ]
    with CaptureQueriesContext(connection) as queries:
        for url in addresses:
            assert signed_in.get(url, follow=True).status_code == 200
    assert len(queries) > 10
    assert writes(queries) == []
    again = Draft.objects.get()
    assert (again.answers, again.saved_at) == (draft.answers, draft.saved_at)
    assert not Lead.objects.exists()


# The first thing saved makes the draft


@pytest.mark.database
def test_the_first_page_sent_makes_the_draft_that_page_1_carried(signed_in, partner_user, new_id):
    response = post(signed_in, new_id, "contact", CONTACT)
    assert response.url == address(new_id, "deal")
    draft = Draft.objects.get()
    assert (draft.pk, draft.author, draft.lead) == (new_id, partner_user, None)
    assert draft.answers == CONTACT, "as it was typed, not as it was cleaned"


@pytest.mark.database
def test_the_first_field_autosaved_makes_the_draft(signed_in, new_id):
    response = autosave(signed_in, new_id, company_name="Nord")
    assert response.status_code == 204
    assert answers(new_id) == {"company_name": "Nord"}


@pytest.mark.parametrize("action", ["later", "back", "change-deal-lines", "nonsense"])
def test_leaving_a_page_on_which_nothing_was_typed_makes_no_draft(signed_in, new_id, action):
    response = post(signed_in, new_id, "contact", dict.fromkeys(CONTACT, ""), action)
    assert response.url == reverse("leads:list")
    assert not Draft.objects.exists()


def test_going_on_with_nothing_typed_says_what_is_missing_and_makes_no_draft(signed_in, new_id):
    response = post(signed_in, new_id, "contact", dict.fromkeys(CONTACT, ""))
    assert response.status_code == 422
    assert "Enter the company&#x27;s name." in text(response)
    assert not Draft.objects.exists()


def test_an_empty_field_autosaved_makes_no_draft(signed_in, new_id):
    assert autosave(signed_in, new_id, company_name="").status_code == 204
    assert autosave(signed_in, new_id, company_name="\x00").status_code == 204
    assert not Draft.objects.exists()


# Nothing typed is lost


def test_invalid_input_is_saved_and_shown_again(signed_in, new_id):
    typed = {
        "company_name": "  Nord & <b>Wind</b>  ",
        "domain": "not a domain",
        "contact_email": "anna@",
        "phone_number": "12",
        "region": "Atlantis",
        "employees": "some",
        "description": "first\r\nsecond",
    }
    response = post(signed_in, new_id, "contact", typed)
    assert response.status_code == 422
    assert "<title>Error: " in text(response)
    assert answers(new_id) == typed
    for shown in (response, signed_in.get(address(new_id, "contact"))):
        assert 'value="not a domain"' in text(shown)
        assert 'value="anna@"' in text(shown)
        assert 'value="12"' in text(shown)
        assert escape("Nord & <b>Wind</b>") in text(shown)
        assert "<b>Wind" not in text(shown)


def test_a_draft_shown_again_complains_of_nothing_before_it_is_sent(signed_in, partner_user):
    draft = draft_of(partner_user, {"company_name": "Nord", "domain": "not a domain"})
    response = signed_in.get(address(draft.pk, "contact"))
    assert response.status_code == 200
    assert "There is a problem" not in text(response)


@pytest.mark.parametrize("place", ["deal", "agreements"])
@pytest.mark.parametrize("action", ["back", "later"])
def test_leaving_a_page_keeps_what_was_typed_on_it_invalid_or_not(signed_in, draft, place, action):
    typed = {
        "deal": line(0, plan("livechat", "team"), "many"),
        "agreements": {"not_involved": "on"},
    }
    response = post(signed_in, draft.pk, place, typed[place], action)
    before = {"deal": "contact", "agreements": "deal"}[place]
    expected = address(draft.pk, before) if action == "back" else reverse("leads:list")
    assert response.url == expected
    kept = answers(draft.pk)
    assert typed[place].items() <= kept.items()
    assert CONTACT.items() <= kept.items(), "other pages are left alone"


@pytest.mark.database
def test_an_answer_taken_away_is_gone(signed_in, draft):
    post(signed_in, draft.pk, "contact", {**CONTACT, "job_title": ""})
    assert "job_title" not in answers(draft.pk)
    autosave(signed_in, draft.pk, description="")
    assert "description" not in answers(draft.pk)


@pytest.mark.database
def test_a_tick_taken_away_is_gone(signed_in, draft):
    post(signed_in, draft.pk, "agreements", agreements(lead_is_informed=""), "later")
    assert "lead_is_informed" not in answers(draft.pk)


def test_a_tick_autosaved_is_there_on_the_way_back(signed_in, partner_user):
    draft = draft_of(partner_user, {**CONTACT, **deal()})
    for name, value in agreements().items():
        autosave(signed_in, draft.pk, **{name: value})
    shown = text(signed_in.get(address(draft.pk, "agreements")))
    for name in agreements():
        (box,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', shown)
        assert " checked" in box


@pytest.mark.database
def test_several_drafts_are_separate_and_each_can_be_continued(signed_in, partner_user):
    first = draft_of(partner_user, {**CONTACT, "company_name": "First Company"})
    second = draft_of(partner_user, {"company_name": "Second Company"})
    listed = text(signed_in.get(reverse("leads:list")))
    for draft, page in ((first, "deal"), (second, "contact")):
        resume = reverse("leads:resume", args=[draft.pk])
        assert f'href="{resume}"' in listed
        assert signed_in.get(resume).url == address(draft.pk, page)
    autosave(signed_in, first.pk, job_title="Owner")
    assert answers(second.pk) == {"company_name": "Second Company"}


def test_every_draft_can_be_reached_from_the_list(signed_in, partner_user):
    drafts = [draft_of(partner_user, {"company_name": f"Company {n}"}) for n in range(30)]
    assert reverse("leads:drafts") in text(signed_in.get(reverse("leads:list")))
    first = signed_in.get(reverse("leads:drafts"))
    second = signed_in.get(reverse("leads:drafts"), {"before": first.context["page"].older})
    listed = text(first) + text(second)
    for draft in drafts:
        assert listed.count(f'href="{reverse("leads:resume", args=[draft.pk])}"') == 1


@pytest.mark.parametrize("typed", ["", "   ", None])
def test_a_draft_without_a_company_has_a_name_to_click_on(signed_in, partner_user, typed):
    draft_of(partner_user, {"job_title": "Owner", **({"company_name": typed} if typed else {})})
    assert "Untitled draft" in text(signed_in.get(reverse("leads:list")))


def test_a_complete_draft_is_continued_at_the_last_page(signed_in, draft):
    response = signed_in.get(reverse("leads:resume", args=[draft.pk]))
    assert response.url == address(draft.pk, "agreements")


@pytest.mark.database
def test_two_tabs_keep_each_others_fields_and_the_last_one_wins_a_shared_one(
    browser_of, partner_user, new_id
):
    one, two = browser_of(partner_user), browser_of(partner_user)
    autosave(one, new_id, company_name="From one")
    autosave(two, new_id, first_name="From two")
    autosave(one, new_id, last_name="First")
    autosave(two, new_id, last_name="Last")
    assert answers(new_id) == {
        "company_name": "From one",
        "first_name": "From two",
        "last_name": "Last",
    }


def test_another_device_continues_where_the_first_one_left_off(browser_of, partner_user, new_id):
    post(browser_of(partner_user), new_id, "contact", CONTACT, "later")
    shown = browser_of(partner_user).get(reverse("leads:resume", args=[new_id]), follow=True)
    assert shown.redirect_chain[-1][0] == address(new_id, "deal")


# Deep links


@pytest.mark.parametrize("place", ["deal", "agreements"])
def test_a_deep_link_into_a_new_draft_leads_to_page_1(signed_in, new_id, place):
    response = signed_in.get(address(new_id, place))
    assert response.url == address(new_id, "contact")


@pytest.mark.parametrize(
    ("missing", "first"),
    [
        ({"last_name": ""}, "contact"),
        ({"commission_type": ""}, "deal"),
        ({"last_name": "", "commission_type": ""}, "contact"),
    ],
)
def test_a_deep_link_leads_to_the_first_unfinished_page_and_says_what_is_missing(
    signed_in, partner_user, missing, first
):
    draft = draft_of(partner_user, **missing)
    response = signed_in.get(address(draft.pk, "agreements"), follow=True)
    ((url, status),) = response.redirect_chain
    assert url == address(draft.pk, first) + "?check=1"
    assert status == 302
    assert "There is a problem" in text(response)
    assert "Complete this page before you submit the lead." in text(response)


@pytest.mark.parametrize("from_summary", ["", "?from_summary=1"])
def test_going_on_leads_back_to_a_page_that_another_tab_has_spoilt(
    signed_in, partner_user, from_summary
):
    draft = draft_of(partner_user, last_name="")
    response = signed_in.post(
        address(draft.pk, "deal") + from_summary, {**deal(), "action": "continue"}, follow=True
    )
    assert response.redirect_chain == [
        (address(draft.pk, "agreements"), 302),
        (address(draft.pk, "contact") + "?check=1", 302),
    ]
    assert "Complete this page before you submit the lead." in text(response)
    assert "There is a problem" in text(response)


def test_a_plan_withdrawn_since_leads_back_to_the_deal(signed_in, draft):
    Plan.objects.filter(pk=plan("livechat", "business").pk).update(is_offered=False)
    response = signed_in.get(address(draft.pk, "agreements"), follow=True)
    assert response.redirect_chain[0][0] == address(draft.pk, "deal") + "?check=1"
    assert "LiveChat Business is no longer offered. Choose another plan." in text(response)


def test_submitting_the_last_page_before_the_first_is_complete_leads_there(signed_in, partner_user):
    draft = draft_of(partner_user, last_name="")
    response = post(signed_in, draft.pk, "agreements", agreements(), "submit")
    assert response.url == address(draft.pk, "contact") + "?check=1"


@pytest.mark.parametrize("missing", ["last_name", "domain", "commission_type"])
def test_the_last_page_sent_incomplete_itself_over_an_unfinished_one_leads_there_too(
    signed_in, partner_user, missing
):
    # Another tab has taken an answer away, meanwhile.
    draft = draft_of(partner_user, **{missing: ""})
    response = post(signed_in, draft.pk, "agreements", agreements(lead_is_informed=""), "submit")
    page = "deal" if missing == "commission_type" else "contact"
    assert response.url == address(draft.pk, page) + "?check=1"
    assert "lead_is_informed" not in answers(draft.pk)


def test_the_last_page_of_a_draft_never_begun_leads_to_the_first(signed_in, new_id):
    response = post(signed_in, new_id, "agreements", {"not_involved": "on"}, "submit")
    assert response.url.startswith(address(new_id, "contact"))
