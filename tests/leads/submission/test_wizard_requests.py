"""What else arrives at the form's addresses: forgeries, too much of anything, a script's calls."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.models import Draft
from leads.submission import drafts
from tests.leads.answers import CONTACT, agreements, deal, draft_of
from tests.leads.browser import answers, autosave, post, text, writes
from tests.sessions import sign_in

MEGABYTE = 1024 * 1024


# What is not a field of the form

FORGED = {
    "author": "1",
    "id": "1",
    "lead": "1",
    "status": "won",
    "partner": "1",
    "credit": "1",
    "lines-0-price": "0",
    "lines-0-agreed_annual": "0",
    "lines--1-plan": "1",
    "lines-11-plan": "1",
    "lines-999-plan": "1",
    "lines-٣-plan": "1",
    "lines-03-plan": "1",
    "lines-TOTAL_FORMS": "1000",
    "xlines-0-plan": "1",
    "search_text": "x",
}


@pytest.mark.parametrize("place", ["contact", "deal", "agreements"])
def test_a_forged_field_is_not_saved(signed_in, draft, place):
    before = answers(draft.pk)
    typed = {"contact": CONTACT, "deal": deal(), "agreements": agreements()}[place]
    post(signed_in, draft.pk, place, {**typed, **FORGED}, "later")
    assert answers(draft.pk) == before


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_field_autosaved_is_refused(signed_in, draft, name):
    before = answers(draft.pk)
    assert autosave(signed_in, draft.pk, **{name: "1"}).status_code == 400
    assert answers(draft.pk) == before


def test_a_field_of_another_page_is_not_saved_with_this_one(signed_in, partner_user):
    draft = draft_of(partner_user, dict(CONTACT))
    post(signed_in, draft.pk, "contact", {**CONTACT, **deal(), **agreements()}, "later")
    assert answers(draft.pk) == CONTACT


@pytest.mark.parametrize("fields", [{}, {"company_name": "A", "job_title": "B"}])
def test_autosave_takes_exactly_one_field(signed_in, draft, fields):
    assert autosave(signed_in, draft.pk, **fields).status_code == 400


def test_autosave_ignores_the_token_of_the_page(signed_in, draft):
    response = autosave(signed_in, draft.pk, csrfmiddlewaretoken="x", job_title="Owner")
    assert response.status_code == 204
    assert answers(draft.pk)["job_title"] == "Owner"


@pytest.mark.parametrize("name", ["autosave", "estimate", "warnings"])
def test_what_a_script_asks_for_is_posted(signed_in, draft, name):
    assert signed_in.get(reverse(f"leads:{name}", args=[draft.pk])).status_code == 405


@pytest.mark.parametrize("name", ["autosave", "estimate", "warnings", "discard"])
def test_a_post_from_another_site_is_refused(partner_user, draft, name):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, partner_user)
    response = client.post(reverse(f"leads:{name}", args=[draft.pk]), {"job_title": "x"})
    assert response.status_code == 403
    assert answers(draft.pk) == draft.answers


@pytest.mark.parametrize("draft_id", ["1", "not-a-uuid", "0" * 32, "%00"])
def test_an_address_without_a_uuid_is_not_found(signed_in, draft_id):
    assert signed_in.get(f"/solution/leads/submit/{draft_id}/contact/").status_code == 404


# Too much, and what no database takes


@pytest.mark.database
@pytest.mark.parametrize("place", ["contact", "deal", "agreements"])
def test_a_nul_is_left_out(signed_in, draft, place):
    typed = {"contact": CONTACT, "deal": deal(), "agreements": agreements()}[place]
    with_nuls = {name: f"\x00{value}\x00" for name, value in typed.items()}
    post(signed_in, draft.pk, place, with_nuls, "later")
    assert typed.items() <= answers(draft.pk).items()
    assert "\x00" not in str(answers(draft.pk))


@pytest.mark.database
def test_a_nul_autosaved_is_left_out(signed_in, draft):
    autosave(signed_in, draft.pk, company_name="Nord\x00wind")
    assert answers(draft.pk)["company_name"] == "Nordwind"


@pytest.mark.parametrize(
    "name",
    [
        "company_name",
        "domain",
        "contact_email",
        pytest.param("description", marks=pytest.mark.database),
    ],
)
def test_a_megabyte_in_a_field_is_shown_again_and_refused_in_words(signed_in, draft, name):
    before, long = answers(draft.pk), "x" * MEGABYTE
    typed = {**CONTACT, "job_title": "Chief of support", name: long}
    for action in ("continue", "later", "back"):
        response = post(signed_in, draft.pk, "contact", typed, action)
        assert response.status_code == 422
        assert long in text(response)
        assert f'id="id_{name}_error"' in text(response)
    kept = answers(draft.pk)
    assert kept[name] == before[name], "nothing is written beyond the limit"
    assert kept["job_title"] == "Chief of support", "nothing else is lost"


LONGEST = [
    *(("contact", name) for name in CONTACT),
    *(("deal", name) for name in ("lines-0-plan", "lines-0-agents", "commission_type")),
    *(("agreements", name) for name in ("attends_meetings", "lead_is_informed")),
]


@pytest.mark.parametrize(("place", "name"), LONGEST)
def test_no_field_takes_more_than_20_000_characters(signed_in, draft, place, name):
    before = answers(draft.pk)
    typed = {"contact": CONTACT, "deal": deal(), "agreements": agreements()}[place]
    response = post(signed_in, draft.pk, place, {**typed, name: "x" * 20_001}, "later")
    assert response.status_code == 422
    form_errors = re.findall(r'id="id_([\w-]+)_error"', text(response))
    assert name in form_errors or (name == "attends_meetings" and "Shorten this" in text(response))
    assert answers(draft.pk).get(name) == before.get(name)


def test_an_answer_too_long_on_a_new_form_begins_a_draft_of_the_others(signed_in, partner_user):
    draft_id = uuid4()
    post(signed_in, draft_id, "contact", {"company_name": "Acme", "description": "x" * 20_001})
    assert answers(draft_id) == {"company_name": "Acme"}
    other = uuid4()
    post(signed_in, other, "contact", {"description": "x" * 20_001})
    assert not Draft.objects.filter(pk=other).exists()


def test_a_lines_end_counts_as_one_character(signed_in, draft):
    description = "\r\n".join("x" * 10_000)
    post(signed_in, draft.pk, "contact", {**CONTACT, "description": description}, "later")
    assert len(answers(draft.pk)["description"]) > 20_000


@pytest.mark.database
def test_no_caller_writes_more_than_20_000_characters(partner_user, draft):
    with pytest.raises(drafts.AnswersTooLong):
        drafts.save(draft.pk, partner_user, lambda _: {"domain": "x" * 20_001}, timezone.now())


@pytest.mark.parametrize(("length", "status"), [(20_000, 204), (20_001, 400), (MEGABYTE, 400)])
def test_autosave_takes_a_text_as_long_as_anyone_types(signed_in, draft, length, status):
    assert autosave(signed_in, draft.pk, description="x" * length).status_code == status
    kept = answers(draft.pk)["description"]
    assert (len(kept) == length) == (status == 204)


def test_a_list_of_drafts_stays_light_whatever_was_typed(signed_in, partner_user):
    draft_of(partner_user, {"company_name": "x" * MEGABYTE})
    assert len(signed_in.get(reverse("leads:list")).content) < 100_000


def test_a_post_too_large_for_any_form_is_refused(signed_in, draft):
    response = post(signed_in, draft.pk, "contact", {**CONTACT, "description": "x" * 4 * MEGABYTE})
    assert response.status_code in (400, 413)
    assert answers(draft.pk) == draft.answers


# What htmx asks for


def test_the_live_estimate_takes_what_is_typed_now_and_writes_nothing(signed_in, draft):
    typed = deal((("livechat", "business", 5), ("helpdesk", "team", 5)))
    with CaptureQueriesContext(connection) as queries:
        response = signed_in.post(reverse("leads:estimate", args=[draft.pk]), typed)
    assert writes(queries) == []
    for words in ("$5,280.00", "10% of $5,280.00 = $528.00", "Pays $28.00 more"):
        assert words in text(response)
    assert answers(draft.pk) == draft.answers


def test_the_live_estimate_works_before_anything_was_saved(signed_in):
    response = signed_in.post(reverse("leads:estimate", args=[uuid4()]), deal())
    assert "$3,540.00" in text(response)
    assert not Draft.objects.exists()


def test_the_live_estimate_knows_the_employees_of_page_1(signed_in, partner_user):
    small = deal((("livechat", "business", 4),))
    draft = draft_of(partner_user, {**CONTACT, "employees": "1-50"})
    url = reverse("leads:estimate", args=[draft.pk])
    assert "smaller than what sales looks for" in text(signed_in.post(url, small))
    autosave(signed_in, draft.pk, employees="51-200")
    assert "smaller than what sales looks for" not in text(signed_in.post(url, small))


@pytest.mark.database
def test_the_live_warnings_take_what_is_typed_now_and_write_nothing(signed_in, draft):
    typed = {**CONTACT, "contact_email": "anna@gmail.com"}
    with CaptureQueriesContext(connection) as queries:
        response = signed_in.post(reverse("leads:warnings", args=[draft.pk]), typed)
    assert writes(queries) == []
    assert "gmail.com is a free email provider" in text(response)
    assert answers(draft.pk) == draft.answers
