"""Submit again with changes: a rejected or lost lead's answers in a new draft."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms
from leads.models import Draft, Lead
from leads.status import Status
from leads.submission import drafts
from leads.triage.corrections import correct
from tests.factories import BUNDLE_5, LeadFactory, UserFactory
from tests.leads.answers import agreements, draft_of, plan
from tests.leads.browser import address, answers, post, text
from tests.worlds import made_once

OFFERED = (Status.REJECTED, Status.LOST)
WORDS = "Submit again with changes"


@made_once
def kept():
    """A rejected lead of three lines."""
    owner = UserFactory()
    return LeadFactory(
        partner=owner.partner,
        submitted_by=owner,
        status=Status.REJECTED,
        lines=(*BUNDLE_5, ("chatbot", "team", None, "monthly")),
        sends_personal_introduction=True,
    )


@pytest.fixture
def rejected(made):
    return made


@pytest.fixture
def partner_user(rejected):
    """Who has sent it."""
    return rejected.submitted_by


@pytest.fixture
def partner(rejected):
    return rejected.partner


def again(client, lead, draft_id=None):
    url = reverse("leads:again", args=[lead.reference])
    return client.post(url, {"draft": str(draft_id or uuid4())})


@pytest.mark.parametrize("status", list(Status))
def test_it_is_offered_where_it_makes_sense(signed_in, partner_user, status):
    lead = LeadFactory(partner=partner_user.partner, status=status)
    page = text(signed_in.get(lead.get_absolute_url()))
    assert (f">{WORDS}</button>" in page) == (status in OFFERED)
    response = again(signed_in, lead)
    assert response.status_code == (302 if status in OFFERED else 404)
    assert Draft.objects.exists() == (status in OFFERED)


@pytest.mark.database
def test_the_new_draft_holds_what_was_sent(signed_in, partner_user, rejected):
    draft_id = uuid4()
    response = again(signed_in, rejected, draft_id)
    assert response.url == address(draft_id, "contact")
    draft = Draft.objects.get()
    assert (draft.pk, draft.author, draft.lead) == (draft_id, partner_user, None)
    shown = text(signed_in.get(response.url))
    for typed in (rejected.company_name, rejected.domain, "+46812345678", rejected.contact_email):
        assert f'value="{typed}"' in shown
    assert post(signed_in, draft_id, "agreements", {}, "submit").status_code == 422


@pytest.mark.database
def test_it_can_be_sent_as_it_is_once_the_agreements_are_given_anew(
    signed_in, partner_user, rejected
):
    again(signed_in, rejected, draft_id := uuid4())
    assert signed_in.get(address(draft_id, "agreements")).status_code == 200
    kept = answers(draft_id)
    assert not {"lead_is_informed", "accepts_requirements"} & set(kept)
    assert kept["sends_personal_introduction"] == "on"
    draft = Draft.objects.get()
    draft.answers = {**agreements(), **kept}
    draft.save()
    lead = drafts.submit(draft_id, partner_user, rejected.submitted_at)
    assert lead != rejected
    assert lead.reference != rejected.reference
    for name in (
        "company_name",
        "domain",
        "contact_email",
        "phone_number",
        "region",
        "employees",
        "description",
        "commission_type",
        "annual_value",
        "sends_personal_introduction",
    ):
        assert getattr(lead, name) == getattr(rejected, name), name
    assert [str(line) for line in lead.submitted_lines] == [
        str(line) for line in rejected.submitted_lines
    ]
    rejected.refresh_from_db()
    assert rejected.status == Status.REJECTED, "the old lead stays as it is"


def test_what_sales_have_corrected_is_taken_along(signed_in, rejected, sales_user):
    correct(rejected.pk, {"first_name": "Annika"}, sales_user)
    again(signed_in, rejected, draft_id := uuid4())
    assert answers(draft_id)["first_name"] == "Annika"


def test_a_lead_without_involvement_says_so_again(signed_in, partner_user):
    lead = LeadFactory(
        partner=partner_user.partner, status=Status.LOST, is_included_in_communication=False
    )
    again(signed_in, lead, draft_id := uuid4())
    assert answers(draft_id)["not_involved"] == "on"


def test_a_lead_of_an_import_brings_what_it_has(signed_in, partner_user):
    lead = LeadFactory(partner=partner_user.partner, status=Status.REJECTED, source="import")
    again(signed_in, lead, draft_id := uuid4())
    kept = answers(draft_id)
    assert kept["company_name"] == lead.company_name
    assert not {"region", "employees", "lines-0-plan"} & set(kept)
    assert "" not in kept.values()


def test_a_domain_is_shown_as_people_write_it(signed_in, partner_user):
    lead = LeadFactory(
        partner=partner_user.partner, status=Status.LOST, domain="xn--bcher-kva.example"
    )
    response = again(signed_in, lead)
    assert 'value="bücher.example"' in text(signed_in.get(response.url))


def test_a_plan_withdrawn_since_says_so(signed_in, rejected):
    Plan.objects.filter(pk=plan("helpdesk", "team").pk).update(is_offered=False)
    again(signed_in, rejected, draft_id := uuid4())
    page = text(signed_in.get(address(draft_id, "agreements"), follow=True))
    assert "HelpDesk Team is no longer offered. Choose another plan." in page


def test_agreement_to_todays_terms_is_required(signed_in, partner_user, rejected):
    newer = CommissionTerms.objects.get()
    newer.pk, newer.valid_from = None, rejected.submitted_at.date()
    newer.requirements_text = "Quite other requirements."
    newer.save()
    again(signed_in, rejected, draft_id := uuid4())
    assert "Quite other requirements." in text(signed_in.get(address(draft_id, "agreements")))


# Once


@pytest.mark.database
def test_a_double_click_begins_one_draft(signed_in, rejected):
    page = text(signed_in.get(rejected.get_absolute_url()))
    draft_id = page.split('name="draft" value="')[1].split('"')[0]
    first, second = (again(signed_in, rejected, draft_id) for _ in range(2))
    assert first.url == second.url
    assert Draft.objects.count() == 1


@pytest.mark.database
def test_a_second_click_keeps_what_was_changed_meanwhile(signed_in, rejected):
    again(signed_in, rejected, draft_id := uuid4())
    post(signed_in, draft_id, "contact", {"company_name": "Changed"}, "later")
    before = answers(draft_id)
    again(signed_in, rejected, draft_id)
    assert answers(draft_id) == before
    assert before["company_name"] == "Changed"


def test_a_page_opened_anew_begins_another_draft(signed_in, rejected):
    for _ in range(2):
        page = text(signed_in.get(rejected.get_absolute_url()))
        again(signed_in, rejected, page.split('name="draft" value="')[1].split('"')[0])
    assert Draft.objects.count() == 2


# By whom


def test_a_teammate_may_begin_again_in_a_draft_of_their_own(browser_of, teammate, rejected):
    assert again(browser_of(teammate), rejected).status_code == 302
    assert Draft.objects.get().author == teammate


@pytest.mark.parametrize("who", ["stranger", "sales_user"])
def test_nobody_else_may(request, browser_of, rejected, who):
    assert again(browser_of(request.getfixturevalue(who)), rejected).status_code == 404
    assert not Draft.objects.exists()


@pytest.mark.parametrize("draft_id", ["", "x", "1", "0" * 31, "\x00"])
def test_a_forged_draft_is_not_found(signed_in, rejected, draft_id):
    url = reverse("leads:again", args=[rejected.reference])
    assert signed_in.post(url, {"draft": draft_id}).status_code == 404
    assert signed_in.post(url).status_code == 404
    assert not Draft.objects.exists()


def test_anothers_draft_is_not_written_into(signed_in, rejected, teammate):
    theirs = draft_of(teammate, {"company_name": "Theirs"})
    assert again(signed_in, rejected, theirs.pk).status_code == 404
    assert answers(theirs.pk) == {"company_name": "Theirs"}


@pytest.mark.database
def test_a_draft_that_has_become_a_lead_leads_to_it(signed_in, partner_user, rejected, draft):
    lead = drafts.submit(draft.pk, partner_user, draft.saved_at)
    response = again(signed_in, rejected, draft.pk)
    followed = signed_in.get(response.url, follow=True)
    assert followed.redirect_chain[-1][0] == reverse("leads:submitted", args=[lead.reference])
    assert Lead.objects.count() == 2


@pytest.mark.database
def test_a_lead_sent_again_after_the_first_try_was_discarded_begins_another_draft(
    signed_in, partner_user, rejected
):
    again(signed_in, rejected, draft_id := uuid4())
    drafts.discard(draft_id, partner_user, timezone.now())
    # The back button leads to the page that carries the old draft's id.
    response = again(signed_in, rejected, draft_id)
    assert str(draft_id) not in response.url
    kept = Draft.objects.to_continue().get()
    assert response.url == address(kept.pk, "contact")
    assert kept.answers["company_name"] == rejected.company_name
