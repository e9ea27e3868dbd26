"""A draft becomes a lead exactly once, whole as it is at that moment, or not at all."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain, repeat

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from commissions.catalog.models import Plan, Price
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.models import LedgerEntry
from leadportal.mail.models import OutgoingMail
from leadportal.money import usd
from leads import emails
from leads.fields import Page
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.submission import drafts
from leads.submission.submit import DraftChanged
from tests.leads.answers import CONTACT, agreements, deal, draft_of, plan
from tests.leads.browser import address, answers, post, text

pytestmark = pytest.mark.database

AT = datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=UTC)  # a Monday


@pytest.fixture
def submitted(draft, partner_user):
    return drafts.submit(draft.pk, partner_user, AT)


def new_terms(**changes):
    terms = CommissionTerms.objects.latest("valid_from")
    terms.pk, terms.valid_from = None, timezone.localdate()
    for name, value in changes.items():
        setattr(terms, name, value)
    terms.save()
    return terms


def new_price(slug, monthly):
    price = Price.objects.filter(plan=plan("livechat", slug), billing_cycle="annual").latest(
        "valid_from"
    )
    price.pk, price.valid_from, price.monthly = None, timezone.localdate(), monthly
    price.save()


STEPS = {
    "the lead's row": (Lead, "save"),
    "the lines": (DealLine.objects, "add"),
    "the draft's end": (Draft.objects, "end"),
    "the counter": (LeadCount.objects, "add"),
    "the event": (LeadEvent.objects, "create"),
    "the mails": (emails, "submitted"),
    "the outbox": (OutgoingMail.objects, "bulk_create"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_failure_at_any_step_leaves_the_draft_and_nothing_else(
    partner_user, draft, outbox, monkeypatch, step, after
):
    owner, name = STEPS[step]
    done = getattr(owner, name)

    def fail(*args, **kwargs):
        if after:
            done(*args, **kwargs)
        raise RuntimeError(step)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        with pytest.raises(RuntimeError, match=step):
            drafts.submit(draft.pk, partner_user, AT)
    kept = Draft.objects.get()
    assert (kept.lead, kept.answers, kept.saved_at) == (None, draft.answers, draft.saved_at)
    assert not Lead.objects.exists()
    assert not DealLine.objects.exists()
    assert not LeadEvent.objects.exists()
    assert not LeadCount.objects.filter(count__gt=0).exists()
    assert not outbox.exists()
    assert drafts.submit(draft.pk, partner_user, AT) == Lead.objects.get(), (
        "and it can be sent again"
    )
    assert outbox.count() == 2


# Exactly once


def test_a_second_submission_answers_with_the_same_lead(signed_in, draft, outbox):
    first = post(signed_in, draft.pk, "agreements", agreements(), "submit")
    for action in ("submit", "continue", "later", "back"):
        again = post(signed_in, draft.pk, "agreements", agreements(), action)
        assert again.url == first.url
    assert Lead.objects.count() == LeadEvent.objects.count() == 1
    assert outbox.count() == 2
    assert LeadCount.objects.get(status="submitted").count == 1


def test_a_second_call_of_submit_returns_the_lead_of_the_first(partner_user, draft, submitted):
    assert drafts.submit(draft.pk, partner_user, AT + timedelta(days=1)) == submitted
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("place", Page)
def test_every_page_of_a_submitted_draft_leads_to_the_confirmation(
    signed_in, draft, submitted, place
):
    confirmation = reverse("leads:submitted", args=[submitted.reference])
    assert signed_in.get(address(draft.pk, place)).url == confirmation
    assert post(signed_in, draft.pk, place, {**CONTACT, **deal()}).url == confirmation
    assert answers(draft.pk) == {}, "nothing is typed into what was sent"
    resumed = signed_in.get(reverse("leads:resume", args=[draft.pk]), follow=True)
    assert resumed.redirect_chain[-1][0] == confirmation


def test_autosave_after_submission_is_a_conflict(signed_in, draft, submitted):
    response = signed_in.post(reverse("leads:autosave", args=[draft.pk]), {"job_title": "x"})
    assert response.status_code == 409
    link = f'<a href="{submitted.get_absolute_url()}">See {submitted.reference}</a>'
    assert text(response) == f"Not saved: this lead has already been submitted. {link}"
    assert answers(draft.pk) == {}


@pytest.mark.parametrize("who", ["teammate", "stranger"])
def test_nobody_else_submits_a_draft(request, draft, who):
    with pytest.raises(Draft.DoesNotExist):
        drafts.submit(draft.pk, request.getfixturevalue(who), AT)
    assert not Lead.objects.exists()


# What counts is what the draft holds when it is sent


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen once to the draft when its answers have been read: `(what)`."""

    def happens(what):
        read = drafts._pages

        def read_early(*args):
            monkeypatch.setattr(drafts, "_pages", read)
            pages = read(*args)
            what()
            return pages

        monkeypatch.setattr(drafts, "_pages", read_early)

    return happens


def typed(draft, name, value):
    """Return what another tab does: it saves one answer."""
    return lambda: drafts.save(draft.pk, draft.author, drafts.replace_answer(name, value), AT)


def test_what_another_tab_typed_meanwhile_is_sent(partner_user, draft, meanwhile):
    meanwhile(typed(draft, "job_title", "Head of everything"))
    lead = drafts.submit(draft.pk, partner_user, AT)
    assert lead == Lead.objects.get()
    assert lead.job_title == "Head of everything"


def test_what_another_tab_spoilt_meanwhile_is_not_sent(partner_user, draft, meanwhile):
    meanwhile(typed(draft, "domain", "brightside.example"))
    with pytest.raises(drafts.PageIncomplete) as found:
        drafts.submit(draft.pk, partner_user, AT)
    assert found.value.page is Page.CONTACT
    assert answers(draft.pk)["domain"] == "brightside.example"
    assert not Lead.objects.exists()


def test_what_another_tab_completed_meanwhile_is_sent(partner_user, meanwhile):
    draft = draft_of(partner_user, company_name="")
    meanwhile(typed(draft, "company_name", "Completed"))
    last = drafts.replace_answer("job_title", "Owner")
    lead = drafts.submit(draft.pk, partner_user, AT, last)
    assert (lead.company_name, lead.job_title) == ("Completed", "Owner")


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=1)], ids=["same", "earlier"])
def test_what_is_saved_meanwhile_by_another_clock_is_sent(partner_user, draft, meanwhile, late):
    at = draft.saved_at - late
    meanwhile(
        lambda: drafts.save(draft.pk, partner_user, drafts.replace_answer("job_title", "CEO"), at)
    )
    assert drafts.submit(draft.pk, partner_user, AT).job_title == "CEO"


@pytest.mark.parametrize("company_name", ["Nordwind Retail", ""], ids=["complete", "incomplete"])
def test_a_draft_that_was_sent_meanwhile_is_not_sent_again(
    partner_user, outbox, meanwhile, company_name
):
    draft = draft_of(partner_user, company_name=company_name)

    def sent():
        typed(draft, "company_name", "Sent")()
        drafts.submit(draft.pk, partner_user, AT)

    meanwhile(sent)
    lead = drafts.submit(draft.pk, partner_user, AT)
    assert lead == Lead.objects.get()
    assert lead.company_name == "Sent"
    assert LeadCount.objects.get(status=lead.status).count == 1
    assert LeadEvent.objects.count() == 1
    assert outbox.count() == 2


@pytest.mark.parametrize("company_name", ["Nordwind Retail", ""], ids=["complete", "incomplete"])
def test_a_draft_that_was_discarded_meanwhile_is_not_sent(
    partner_user, outbox, meanwhile, company_name
):
    draft = draft_of(partner_user, company_name=company_name)
    meanwhile(lambda: drafts.discard(draft.pk, partner_user, AT))
    with pytest.raises(drafts.Discarded):
        drafts.submit(draft.pk, partner_user, AT)
    assert answers(draft.pk) == {}
    assert not Lead.objects.exists()
    assert not outbox.exists()


@pytest.fixture
def always_changing(draft, monkeypatch):
    """Let another window save the draft each time that its answers have been read."""
    read = drafts._pages
    saves = iter(range(10**6))

    def read_early(*args):
        pages = read(*args)
        drafts.save(
            draft.pk, draft.author, drafts.replace_answer("job_title", str(next(saves))), AT
        )
        return pages

    monkeypatch.setattr(drafts, "_pages", read_early)
    return saves


def test_a_draft_that_does_not_stop_changing_keeps_what_was_typed(
    partner_user, draft, always_changing
):
    with pytest.raises(DraftChanged):
        drafts.submit(draft.pk, partner_user, AT, drafts.replace_answer("first_name", "Annika"))
    assert next(always_changing) == drafts.SUBMIT_ATTEMPTS, "it was tried so often and no more"
    assert answers(draft.pk)["first_name"] == "Annika"
    assert not Lead.objects.exists()


def test_a_draft_that_does_not_stop_changing_says_what_to_do(
    signed_in, draft, always_changing, monkeypatch
):
    monkeypatch.setattr(drafts, "SUBMIT_ATTEMPTS", 2)
    response = signed_in.post(
        address(draft.pk, "agreements"), {**agreements(), "action": "submit"}, follow=True
    )
    assert response.redirect_chain == [(address(draft.pk, "agreements"), 302)]
    assert "This draft was changed in another window. Check your answers, then submit." in text(
        response
    )


# Everything is looked at again at that moment


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"company_name": ""}, Page.CONTACT),
        ({"domain": "brightside.example"}, Page.CONTACT),
        ({"employees": ""}, Page.CONTACT),
        ({"commission_type": ""}, Page.DEAL),
        ({"lines-0-agents": "0"}, Page.DEAL),
        ({"is_included_in_communication": ""}, Page.AGREEMENTS),
        ({"lead_is_informed": ""}, Page.AGREEMENTS),
        ({"accepts_requirements": ""}, Page.AGREEMENTS),
    ],
)
def test_an_incomplete_draft_is_not_submitted(partner_user, changes, place):
    draft = draft_of(partner_user, **changes)
    with pytest.raises(drafts.PageIncomplete) as unfinished:
        drafts.submit(draft.pk, partner_user, AT)
    assert unfinished.value.page == place
    assert not Lead.objects.exists()
    assert answers(draft.pk) == draft.answers


def test_a_plan_withdrawn_between_the_summary_and_submit_sends_the_partner_back(signed_in, draft):
    assert signed_in.get(address(draft.pk, "agreements")).status_code == 200
    Plan.objects.filter(pk=plan("livechat", "business").pk).update(is_offered=False)
    response = signed_in.post(
        address(draft.pk, "agreements"), {**agreements(), "action": "submit"}, follow=True
    )
    assert response.redirect_chain == [(address(draft.pk, "deal") + "?check=1", 302)]
    assert "Complete this page before you submit the lead." in text(response)
    assert "LiveChat Business is no longer offered. Choose another plan." in text(response)
    assert not Lead.objects.exists()
    # Completed, it goes through
    post(signed_in, draft.pk, "deal", deal((("livechat", "team", 5),)))
    post(signed_in, draft.pk, "agreements", agreements(), "submit")
    assert Lead.objects.get().annual_value == Decimal("2460.00")


def test_a_page_made_invalid_by_another_tab_is_caught(signed_in, draft):
    signed_in.post(reverse("leads:autosave", args=[draft.pk]), {"company_name": ""})
    response = post(signed_in, draft.pk, "agreements", agreements(), "submit")
    assert response.url == address(draft.pk, "contact") + "?check=1"
    assert not Lead.objects.exists()


def test_terms_changed_since_they_were_shown_ask_again(signed_in, draft):
    ticked = agreements()
    newer = new_terms(requirements_text="Quite other requirements.")
    response = post(signed_in, draft.pk, "agreements", ticked, "submit")
    assert response.status_code == 422
    assert "This text has changed since you agreed to it." in text(response)
    assert "Quite other requirements." in text(response)
    assert not Lead.objects.exists()
    # Sent again as it is shown now, unread, it asks still
    shown_again = {name: value for name, value in ticked.items() if "is_included" in name}
    assert post(signed_in, draft.pk, "agreements", shown_again, "submit").status_code == 422
    post(signed_in, draft.pk, "agreements", agreements(), "submit")
    assert Lead.objects.get().terms == newer


def other_lines(draft):
    draft.answers |= deal((("livechat", "business", 50),))
    draft.save()


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        # The agreements' texts stay as they are, so nothing else asks.
        (lambda draft: new_terms(share_percent=Decimal(5)), "$177.00"),
        (lambda draft: new_price("business", Decimal("49.00")), "$294.00"),
        (other_lines, "$3,540.00"),
    ],
    ids=["terms", "price", "another tab"],
)
def test_a_deal_changed_since_it_was_shown_asks_again(signed_in, draft, change, amount):
    page = address(draft.pk, "agreements")

    def shown():
        found = text(signed_in.get(page))
        return found, dict(re.findall(r'name="(shown_deal)" value="(\w+)"', found))

    before, hidden = shown()
    assert "$354.00" in before
    change(draft)
    pressed = {**agreements(), "action": "submit", "is_included_in_communication": "on"}
    asked = text(signed_in.post(page, pressed | hidden, follow=True))
    assert "Not submitted yet: the prices, the commission or your products have changed" in asked
    assert amount in asked
    assert not Lead.objects.exists()
    assert answers(draft.pk)["is_included_in_communication"] == "on"
    signed_in.post(page, pressed | shown()[1])
    assert usd(Lead.objects.get().estimated_commission) == amount


# A reference that was drawn before


@pytest.fixture
def drawn(monkeypatch):
    """The first two references are LD-22222222, all others LD-33333333."""
    signs_drawn = chain("2" * 8 * 2, repeat("3"))
    monkeypatch.setattr("leads.models.lead.secrets.choice", lambda signs: next(signs_drawn))


def test_a_reference_that_another_lead_has_is_drawn_again(partner_user, drawn, outbox):
    first = drafts.submit(draft_of(partner_user).pk, partner_user, AT)
    second = drafts.submit(draft_of(partner_user).pk, partner_user, AT)
    assert (first.reference, second.reference) == ("LD-22222222", "LD-33333333")
    second.refresh_from_db()
    assert " ld33333333 " in second.search_text
    assert outbox.filter(subject__contains=first.reference).count() == 2
    assert outbox.filter(subject__contains=second.reference).count() == 2
    assert Draft.objects.get(lead=second).answers == {}


def test_a_lead_refused_for_another_reason_is_not_tried_again(partner_user, drawn, monkeypatch):
    monkeypatch.setattr(Lead, "refresh_search_text", lambda lead: setattr(lead, "domain", ""))
    with pytest.raises(IntegrityError, match="lead_names_a_contact"):
        drafts.submit(draft_of(partner_user).pk, partner_user, AT)


def test_a_lead_takes_no_credit_with_it(submitted):
    assert not LedgerEntry.objects.exists()
