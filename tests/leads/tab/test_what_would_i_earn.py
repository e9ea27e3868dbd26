"""What would I earn? The calculator that needs no lead and no account, and lives in its address."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commissions.catalog.models import Price
from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import User
from leads.models import Draft
from tests.commissions.finance import text
from tests.factories import BUNDLE_5, BUSINESS_5, PASSWORD
from tests.leads.answers import CONTACT, Answers, deal, line, plan
from tests.sessions import sign_in

PAGE = "/what-would-i-earn/"


def lines(*chosen):
    """The address's part that holds these lines."""
    typed = deal(chosen)
    del typed["commission_type"]
    return typed


def shown(client: Client, typed: Answers) -> str:
    response = client.get(PAGE, typed)
    assert response.status_code == 200
    return text(response)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (
            BUSINESS_5,
            (
                "12 × 5 agents × $59.00 = $3,540.00",
                "Annual value $3,540.00",
                "Fixed fee $500.00 Pays $146.00 more",
                "10% of the annual value $354.00 10% of $3,540.00 = $354.00",
            ),
        ),
        (
            BUNDLE_5,
            (
                "12 × 5 agents × $29.00 = $1,740.00",
                "Annual value $5,280.00",
                "10% of the annual value $528.00 10% of $5,280.00 = $528.00 Pays $28.00 more",
            ),
        ),
        ([("livechat", "business", 5, "monthly")], ("12 × 5 agents × $69.00 = $4,140.00",)),
        ([("chatbot", "business", "")], ("12 × $424.00 = $5,088.00", "Pays $8.80 more")),
        (
            [("livechat", "enterprise", 40)],
            ("does not include LiveChat Enterprise: sales will quote a price", "Fixed fee $500.00"),
        ),
    ],
)
def test_anybody_reads_both_commissions_and_the_break_even(client, db, chosen, words):
    page = shown(client, lines(*chosen))
    for expected in (*words, "The fixed fee pays more below $5,000.00 a year"):
        assert expected in page


def test_empty_page_asks_for_a_plan_and_calls_nothing_wrong(client, db):
    response = client.get(PAGE)
    page = text(response)
    assert "Choose a plan" in page
    assert "Annual value –" in page
    assert "There is a problem" not in page
    assert '<form method="get"' in response.text


@pytest.mark.parametrize("who", [None, "partner_user", "sales_user"])
def test_address_holds_what_was_entered_for_whoever_gets_it(client, db, request, who):
    if who:
        sign_in(client, request.getfixturevalue(who))
    typed = lines(*BUNDLE_5)
    response = client.get(PAGE, typed)
    for name, value in typed.items():
        bound = response.context["lines"]
        index, field = name.split("-")[1:]
        assert str(bound.forms[int(index)][field].value()) == value
    assert "$528.00" in text(response)


def test_line_is_added_and_removed_in_the_address(client, db):
    typed = lines(*BUSINESS_5)
    added = client.get(PAGE, typed | {"action": "add-line"})
    assert added.status_code == 302
    response = client.get(added.url.partition("#")[0])
    assert len(response.context["lines"].forms) == 2
    assert "12 × 5 agents × $59.00 = $3,540.00" in text(response)
    removed = client.get(PAGE, lines(*BUNDLE_5) | {"action": "remove-line-0"}, follow=True)
    assert "12 × 5 agents × $29.00 = $1,740.00" in text(removed)
    assert "× $59.00" not in text(removed)


@pytest.mark.parametrize("agents", ["0", "-1", "100001", "1.5", "NaN", "five", "9" * 400])
def test_impossible_agent_counts_are_refused_without_a_sum(client, db, agents):
    page = shown(client, line(0, plan("livechat", "business"), agents))
    assert "number of agents, from 1" in page
    assert "Annual value –" in page


@pytest.mark.parametrize(
    "typed",
    [
        {"lines-0-plan": "999999"},
        {"lines-0-plan": "<script>alert(1)</script>"},
        {"lines-99-plan": "1"},
        {"lines-0-plan": "\x00", "action": "remove-line-7"},
        {"lines-TOTAL_FORMS": "100000"},
    ],
)
def test_forged_address_does_no_harm(client, db, typed):
    response = client.get(PAGE, typed, follow=True)
    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_it_computes_by_todays_prices_and_terms(client, db):
    today = timezone.localdate()
    business = plan("livechat", "business")
    for monthly, day in (("70.00", today), ("99.00", today + timedelta(days=1))):
        Price.objects.create(
            plan=business, billing_cycle="annual", monthly=Decimal(monthly), valid_from=day
        )
    terms = CommissionTerms.objects.latest("valid_from")
    terms.pk, terms.valid_from, terms.flat_fee = None, today, Decimal("630.00")
    terms.save(force_insert=True)
    page = shown(client, lines(*BUSINESS_5))
    assert "12 × 5 agents × $70.00 = $4,200.00" in page
    assert "below $6,300.00 a year" in page


def test_button_to_the_form_is_for_partners_and_who_is_not_signed_in(
    client, partner_user: User, sales_user: User
):
    start = f'formaction="{reverse("leads:submit")}"'
    for user, words in ((None, "Sign in to submit a lead"), (partner_user, "Submit a lead")):
        if user:
            sign_in(client, user)
        response = client.get(PAGE)
        assert re.search(rf"<button [^>]*{start}>{words}</button>", response.text)
    sign_in(client, sales_user)
    assert start not in client.get(PAGE).text


def test_products_go_along_to_the_form_and_across_signing_in(client, partner_user: User):
    """The calculator's button sends its fields, as a browser does without a script."""
    chosen = lines(*BUNDLE_5)
    to_sign_in = client.get(reverse("leads:submit"), chosen)
    assert to_sign_in.status_code == 302
    signed_in = client.post(
        to_sign_in.url, {"login": partner_user.email, "password": PASSWORD}, follow=True
    )
    contact_page = signed_in.redirect_chain[-1][0]
    assert "The products you chose are filled in on page 2." in text(signed_in)
    assert not Draft.objects.exists(), "reading a page writes nothing"
    action = re.search(r'<form method="post" action="([^"]*)"', signed_in.text)[1]
    assert html.unescape(action) == contact_page
    deal_page = client.post(contact_page, CONTACT, follow=True)
    assert Draft.objects.get().answers == CONTACT | chosen
    assert "Annual value $5,280.00" in text(deal_page)


@pytest.mark.parametrize("first", ["autosave", "later"])
def test_products_are_saved_with_the_first_answer_and_never_again(client, partner_user, first):
    sign_in(client, partner_user)
    chosen = lines(*BUSINESS_5)
    contact_page = client.get(reverse("leads:submit"), chosen).url
    if first == "autosave":
        (url,) = re.findall(r'data-autosave-url="([^"]*)"', client.get(contact_page).text)
        client.post(html.unescape(url), {"company_name": "Acme"})
    else:
        client.post(contact_page, {"action": "later"})
    draft = Draft.objects.get()
    assert chosen.items() <= draft.answers.items()
    draft.answers["lines-0-agents"] = "7"
    draft.save()
    client.post(contact_page, {"company_name": "Acme", "action": "later"})
    draft.refresh_from_db()
    assert draft.answers["lines-0-agents"] == "7"


@pytest.mark.parametrize(
    "query", [{"lines-0-billing_cycle": "annual"}, {"lines-0-plan": "1" * 20_001}, {"q": "x"}]
)
def test_address_without_products_begins_an_empty_form(client, partner_user, query):
    sign_in(client, partner_user)
    assert "?" not in client.get(reverse("leads:submit"), query).url


def test_options_show_prices(client, db):
    page = shown(client, {})
    for option in (
        "LiveChat Business – $59.00 per agent a month, $69.00 if billed monthly",
        "LiveChat Enterprise – priced per deal",
        "ChatBot Team – $142.00 a month, $169.00 if billed monthly",
    ):
        assert option in page


def test_page_is_for_reading(client, db):
    assert client.post(PAGE, {}).status_code in (403, 405)


def test_queries_do_not_grow_with_the_lines(client, db, django_assert_num_queries):
    client.get(PAGE)
    for typed in (lines(*BUSINESS_5), lines(*BUNDLE_5)):
        # Plans, prices, terms
        with django_assert_num_queries(3):
            client.get(PAGE, typed)
