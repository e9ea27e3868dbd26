"""The pages of the moves: what each asks for, what it shows, and what pressing its button does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commissions.catalog.price_list import Choice
from leads.decisions import Decision, decide
from leads.models import Lead, LeadEvent
from leads.status import DECISIONS, REASONS, TRANSITIONS, Reason, Status
from leads.triage.forms import DecisionForm
from tests.factories import LeadFactory
from tests.leads.answers import plan
from tests.leads.triage_pages import QUEUE, WORDS, address, as_shown, final_line, said, text, words
from tests.leads.world import owner_with_each_status
from tests.worlds import made_once

# What a decision needs, and what of it a lead's status refuses, is tried on both databases at the
# door (test_status): here once.


FROM = {to: start for start, targets in TRANSITIONS.items() for to in targets}
moves = pytest.mark.parametrize("move", DECISIONS, ids=lambda move: move.definition.slug)


kept = made_once(owner_with_each_status)


@pytest.fixture
def sales_user(made):
    return made["sales"]


@pytest.fixture
def lead(made):
    return made["leads"][Status.SUBMITTED]


@pytest.fixture
def movable(made):
    """Return the owner's lead that the move is open to."""
    return lambda move: made["leads"][FROM[move]]


def typed(move, **more):
    """Return what sales type on the move's page: the first reason, one final line."""
    posted = words(**more)
    if move in REASONS:
        posted = {"reason": REASONS[move][0]} | posted
    if move == Status.WON:
        posted = final_line(0, plan("livechat", "business"), 5) | posted
    return posted


def stored(lead):
    return Lead.objects.get(pk=lead.pk)


def last_event(lead):
    return LeadEvent.objects.filter(lead=lead).order_by("pk").last()


def test_there_is_a_page_for_every_decision():
    assert set(DECISIONS) == set(FROM)
    assert len({to.definition.slug for to in DECISIONS}) == len(DECISIONS)


@moves
def test_the_page_proposes_a_sentence_and_decides_nothing(sales, movable, outbox, move):
    lead = movable(move)

    page = sales.get(address(lead, move.definition.slug))

    shown = text(page)
    assert move.definition.message in shown
    assert f"{FROM[move].label} → {move.label}" in shown
    assert ("This is final." in shown) == (not TRANSITIONS[move])
    assert stored(lead).status == lead.status
    assert not outbox.exists()


@pytest.mark.database
@moves
def test_the_button_decides_the_lead(sales, sales_user, movable, outbox, move):
    lead = movable(move)
    # It waits longest, so that it is next after whichever
    at = lead.submitted_at - timedelta(days=1)
    waiting = LeadFactory(company_name="Next Please", submitted_at=at)

    url = address(lead, move.definition.slug)
    response = as_shown(sales, url, typed(move, note="For us only."))

    assert response.url == QUEUE
    [message] = said(response)
    assert message.startswith(f"Nordwind Retail {lead.reference} is now {move.label}.")
    assert message.endswith("Next in the queue: Next Please")
    assert address(waiting) in str(sales.get(QUEUE).content)
    assert stored(lead).status == move
    event = last_event(lead)
    assert (event.actor, event.to_status) == (sales_user, move)
    assert (event.text.message, event.text.note) == (WORDS, "For us only.")
    assert event.reason == (REASONS[move][0] if move in REASONS else "")
    [mail] = outbox
    assert mail.to == ["owner@brightside.example"]
    assert WORDS in mail.text
    assert "For us only." not in mail.text


@moves
def test_the_preview_is_the_mail_that_is_sent(sales, movable, outbox, move):
    lead = movable(move)
    said_so = typed(move, message='Tom & "Jerry" <Ltd> say:\n\nhello ') | {"do": "preview"}
    if move == Status.WON:
        said_so |= final_line(1, plan("livechat", "enterprise"), 9, price="41.50")

    preview = sales.post(address(lead, move.definition.slug), said_so).context["typed"].email
    assert stored(lead).status == lead.status
    assert not outbox.exists()
    as_shown(sales, address(lead, move.definition.slug), said_so | {"do": "decide"})

    [mail] = outbox
    assert mail.to == preview.to
    assert mail.subject == preview.subject
    assert mail.text == preview.body
    assert mail.html == preview.alternatives[0][0]


@moves
def test_htmx_gets_the_preview_alone(sales, movable, move):
    lead = movable(move)

    response = sales.post(
        address(lead, move.definition.slug),
        typed(move, message="Typed by now.") | {"do": "preview"},
        headers={"HX-Request": "true"},
    )

    html = response.content.decode()
    assert html.startswith('<div id="outcome"') or html.lstrip().startswith('<div id="outcome"')
    assert "Typed by now." in html
    assert "<html" not in html
    assert stored(lead).status == lead.status


@moves
def test_a_sentence_for_the_partner_is_needed(sales, movable, outbox, move):
    lead = movable(move)

    for message in ("", "x" * 2_001):
        posted = typed(move, message=message)
        if move in REASONS:
            posted["reason"] = Reason.OTHER  # the only one without a usual text
        page = sales.post(address(lead, move.definition.slug), posted)

        assert page.status_code == 200
        assert page.context["typed"].form.errors["message"]
        assert page.content.decode().partition("</title>")[0].count("Error: ") == 1
        assert stored(lead).status == lead.status
    assert not outbox.exists()


@pytest.mark.parametrize("message", ["", "   \n ", "x" * 2_001, "a\x00b"])
def test_what_is_no_sentence_is_refused(message):
    form = DecisionForm({"message": message, "note": ""}, to=Status.APPROVED)

    assert list(form.errors) == ["message"]


@pytest.mark.parametrize("slug", ["reject", "lose"])
@pytest.mark.parametrize("reason", ["", "nonsense", "the_other_list"])
def test_a_reason_of_its_own_list_is_needed(sales, movable, slug, reason):
    move = next(move for move in DECISIONS if move.definition.slug == slug)
    other = {"reject": "no_budget", "lose": "duplicate"}[slug]
    lead = movable(move)

    page = sales.post(
        address(lead, slug),
        typed(move) | {"reason": other if reason == "the_other_list" else reason},
    )

    assert "reason" in page.context["typed"].form.errors
    assert stored(lead).status == lead.status


@pytest.mark.parametrize("to", REASONS)
def test_every_reason_of_the_list_is_offered_and_the_last_taken(sales, movable, to):
    lead, page = movable(Status(to)), Status(to).definition.slug
    shown = text(sales.get(address(lead, page)))
    assert all(reason.label in shown for reason in REASONS[to])
    last = REASONS[to][-1]
    sales.post(address(lead, page), typed(Status(to)) | {"reason": last})
    assert last_event(lead).reason == last


@moves
def test_a_move_not_open_to_the_lead_leads_back_to_it(sales, made, outbox, move):
    for status in set(Status) - {FROM[move]}:
        lead = made["leads"][status]
        response = sales.get(address(lead, move.definition.slug))
        assert response.url == address(lead)
        assert "Nothing was changed." in said(response)[-1]
        for posted in (typed(move), {"do": "decide"}):
            page = sales.post(address(lead, move.definition.slug), posted)
            assert page.status_code == 409
            assert "Nothing was changed." in page.context["conflict"]
            assert posted.get("message", "") in text(page), "what was typed is kept"
        assert stored(lead).status == status
    assert not outbox.exists()


@pytest.mark.database
@moves
def test_who_comes_second_reads_who_decided_what_and_when(sales, superuser, movable, outbox, move):
    lead = movable(move)
    opened = sales.get(address(lead, move.definition.slug))
    assert opened.status_code == 200
    other = Status(next(to for to in TRANSITIONS[FROM[move]] if to != move))
    decide_as(superuser, lead, other)

    response = sales.post(address(lead, move.definition.slug), typed(move))

    assert response.status_code == 409
    message = response.context["conflict"]
    assert f"Already decided: {other.label}, by Ada Admin on " in message
    assert message in text(response)
    assert WORDS in text(response), "what was typed is kept"
    assert 'value="decide"' not in response.content.decode()
    assert stored(lead).status == other
    assert outbox.count() == 1, "the first decision's alone"
    # So does who only opens the page, and who presses the button over something missing
    assert said(sales.get(address(lead, move.definition.slug)))[-1] == message
    late = sales.post(address(lead, move.definition.slug), {"do": "decide"})
    assert late.context["conflict"] == message


@pytest.mark.database
@moves
def test_a_second_press_of_the_button_reads_that_it_is_done(sales, movable, outbox, move):
    lead = movable(move)

    as_shown(sales, address(lead, move.definition.slug), typed(move))
    response = sales.post(address(lead, move.definition.slug), typed(move))

    assert f"Already decided: {move.label}, by Sally Sales on " in response.context["conflict"]
    assert LeadEvent.objects.filter(lead=lead, to_status=move).count() == 1
    assert outbox.count() == 1


def test_preview_keeps_what_is_typed_when_the_lead_was_decided_meanwhile(sales, superuser, lead):
    decide_as(superuser, lead, Status.REJECTED)

    response = sales.post(
        address(lead, "approve"),
        words() | {"do": "preview"},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 200
    assert "HX-Redirect" not in response.headers
    assert "Already decided: Rejected, by Ada Admin on " in text(response)
    assert "<textarea" not in response.content.decode(), "only the preview is replaced"


def test_the_last_lead_of_the_queue_says_so(sales, lead):
    response = sales.post(address(lead, "approve"), words())

    assert said(response)[0].endswith("No other lead in this list waits for a decision.")


@pytest.mark.database
def test_a_decision_returns_to_the_list_as_it_was_filtered(sales, lead):
    kept = "?_changelist_filters=meets_criteria__exact%3D1%26p%3D2"

    response = sales.post(address(lead, "approve") + kept, words())

    assert response.url == f"{QUEUE}?meets_criteria__exact=1&p=2"


def test_a_companys_name_in_the_message_is_not_taken_for_html(sales):
    at = timezone.now() - timedelta(days=1)
    LeadFactory(company_name="<i>Next</i>", submitted_at=at)
    lead = LeadFactory(company_name="<b>Acme</b>")

    page = sales.post(address(lead, "approve"), words(), follow=True).content.decode()

    assert "&lt;b&gt;Acme&lt;/b&gt;" in page
    assert "<b>Acme" not in page
    assert "&lt;i&gt;Next" in page
    assert "<i>Next" not in page


def test_enter_in_a_field_presses_a_button_that_decides_nothing(sales, lead):
    html = sales.get(address(lead, "approve")).content.decode()

    form = html[html.index('<form class="decision"') :]
    first = form[form.index("<button") :].partition(">")[0]
    assert 'value="preview"' in first


def decide_as(user, lead, move):
    decision = Decision(
        to=move,
        message="First.",
        reason=REASONS[move][0] if move in REASONS else "",
        lines=[Choice(plan("livechat", "business"), 5, "annual")] if move == Status.WON else (),
    )
    [outcome] = decide(Lead.objects.filter(pk=lead.pk), decision, user)
    assert outcome.moved
