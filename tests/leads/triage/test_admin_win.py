"""The page of a win: the final lines, what they come to, and what of them is refused."""

import re
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from commissions.catalog.final_lines import FinalLineForm
from commissions.catalog.models import Plan, Price
from commissions.ledger.models import Account, LedgerEntry
from leads.models import DealLine, Lead
from leads.status import Status
from tests.factories import BUNDLE_5, LeadFactory
from tests.leads.answers import plan
from tests.leads.triage_pages import address, as_shown, final_line, said, text, words
from tests.worlds import made_once

# Prices, agreed or listed, and what of them is refused, are tried on both databases at the door
# (test_winning_prices): here mostly once.


@made_once
def kept() -> Lead:
    """An approved lead: 5 agents of LiveChat Business, a share."""
    return LeadFactory(partner__name="Brightside Consulting", status=Status.APPROVED)


@pytest.fixture
def lead(made):
    return made


@pytest.fixture
def approved(lead):
    """Make another approved lead of its partner, as told."""

    def make(**fields):
        return LeadFactory(
            partner=lead.partner,
            submitted_by=lead.submitted_by,
            status=Status.APPROVED,
            **fields,
        )

    return make


@pytest.fixture
def business(db):
    return plan("livechat", "business")


@pytest.fixture
def enterprise(db):
    return plan("livechat", "enterprise")


def win(client, lead, *lines, **more):
    """Press the win's button, or another, over these lines."""
    typed = words()
    for line in lines:
        typed |= line
    return as_shown(client, address(lead, "win"), typed | more)


def errors(response):
    """Return the lines' errors by the name of the field beside which they stand."""
    lines = response.context["typed"].deal.lines
    found = {
        f"lines-{index}-{name}": list(of)
        for index, form in enumerate(lines.forms)
        for name, of in form.errors.items()
    }
    return found | ({"": list(lines.non_form_errors())} if lines.non_form_errors() else {})


def credited(lead):
    return LedgerEntry.objects.filter(reference=lead.reference)


# What the page proposes


def test_proposes_the_lines_as_they_were_sent(sales, approved):
    lead = approved(lines=(*BUNDLE_5, ("chatbot", "team", None, "monthly")))

    page = sales.get(address(lead, "win")).context["typed"].deal

    shown = [
        {name: form[name].value() for name in ("plan", "agents", "billing_cycle")}
        for form in page.lines.forms
    ]
    assert shown == [
        {"plan": str(plan("livechat", "business").pk), "agents": "5", "billing_cycle": "annual"},
        {"plan": str(plan("helpdesk", "team").pk), "agents": "5", "billing_cycle": "annual"},
        {"plan": str(plan("chatbot", "team").pk), "agents": "", "billing_cycle": "monthly"},
    ]
    assert [words for _, words in page.rows] == [
        "12 × 5 agents × $59.00 = $3,540.00",
        "12 × 5 agents × $29.00 = $1,740.00",
        "12 × $169.00 = $2,028.00",
    ]
    assert errors(sales.get(address(lead, "win"))) == {}


def test_shows_the_sum_before_anything_is_typed(sales, approved):
    shown = text(sales.get(address(approved(lines=BUNDLE_5), "win")))

    assert "Commission $528.00 Annual value $5,280.00" in shown
    assert "10% of $5,280.00 = $528.00" in shown
    assert "Estimated at submission $528.00" in shown


def test_a_line_without_a_price_is_requested_without_an_error_yet(sales, approved):
    lead = approved(lines=(("livechat", "enterprise", 80),))

    page = sales.get(address(lead, "win"))

    assert errors(page) == {}
    assert "LiveChat Enterprise has no list price. Enter the agreed price." in text(page)
    assert "The email is shown once the commission can be computed." in text(page)


def test_what_was_agreed_when_it_was_sent_is_proposed_again(sales, approved, enterprise):
    lead = approved(source="api")
    DealLine.objects.create(
        lead=lead,
        stage=DealLine.Stage.SUBMITTED,
        position=1,
        plan=enterprise,
        agents=10,
        billing_cycle="annual",
        monthly_price=Decimal("41.50"),
    )

    [form] = sales.get(address(lead, "win")).context["typed"].deal.lines.forms

    assert form["agreed_price"].value() == "41.50"
    assert form.words == ""


def test_a_lead_without_lines_begins_with_an_empty_one(sales, approved):
    lead = approved(source="api")

    page = sales.get(address(lead, "win"))

    assert len(page.context["typed"].deal.lines.forms) == 1
    assert "Choose a product and plan." in text(page)


# What it comes to


@pytest.mark.database
def test_credits_what_was_sold_by_the_terms_of_the_day_it_was_sent(sales, lead, business):
    response = win(sales, lead, final_line(0, business, 7))

    assert "$495.60 was credited to Brightside Consulting." in said(response)[0]
    [entry] = credited(lead)
    assert entry.amount == Decimal("495.60")
    assert Lead.objects.get(pk=lead.pk).credit == entry
    [line] = DealLine.objects.filter(lead=lead, stage=DealLine.Stage.FINAL)
    assert (line.plan, line.agents, line.monthly_price) == (business, 7, Decimal("59.00"))


@pytest.mark.database
def test_the_fee_is_paid_whatever_the_lines_come_to(sales, approved, business):
    lead = approved(commission_type="flat_fee")

    win(sales, lead, final_line(0, business, 1))

    assert credited(lead).get().amount == Decimal("500.00")


def test_an_agreed_price_goes_before_the_list(sales, lead, business):
    win(sales, lead, final_line(0, business, 5, price="$50.25"))

    [entry] = credited(lead)
    assert entry.amount == Decimal("301.50")
    assert "12 × 5 agents × $50.25 (agreed) = $3,015.00" in entry.explanation


@pytest.mark.database
@pytest.mark.usefixtures("no_approval_limits")
def test_an_agreed_amount_per_year_is_the_lines_value(sales, lead, enterprise, business):
    win(
        sales,
        lead,
        final_line(0, business, 5),
        final_line(1, enterprise, 120, annual="86,400.00"),
    )

    assert credited(lead).get().amount == Decimal("8994.00")


def test_todays_price_list_counts(sales, lead, business):
    Price.objects.bulk_create(
        [
            Price(
                plan=business,
                billing_cycle="annual",
                monthly=Decimal("61.00"),
                valid_from=timezone.localdate(),
            )
        ]
    )

    page = sales.get(address(lead, "win"))
    assert "12 × 5 agents × $61.00 = $3,660.00" in text(page)
    assert "Estimated at submission $354.00" in text(page)
    win(sales, lead, final_line(0, business, 5))
    assert credited(lead).get().amount == Decimal("366.00")


def test_a_withdrawn_plan_may_have_been_sold(sales, lead):
    Plan.objects.filter(code="starter", product__code="livechat").update(is_offered=False)
    starter = plan("livechat", "starter")

    assert "LiveChat Starter (no longer offered)" in text(sales.get(address(lead, "win")))
    win(sales, lead, final_line(0, starter, 10))

    assert credited(lead).get().amount == Decimal("240.00")


# What is refused, and where it says so


def test_a_line_without_a_price_says_so_beside_its_field(sales, lead, business, enterprise):
    page = win(sales, lead, final_line(0, business, 5), final_line(1, enterprise, 80))

    problem = "LiveChat Enterprise has no list price. Enter the agreed price."
    assert errors(page) == {"lines-1-agreed_price": [problem]}
    html = page.content.decode()
    assert f'<a href="#id_lines-1-agreed_price">{problem}</a>' in html, "in the summary"
    assert 'id="id_lines-1-agreed_price_error"' in html, "beside the field"
    assert not credited(lead).exists()
    assert Lead.objects.get(pk=lead.pk).status == Status.APPROVED


@pytest.mark.parametrize("agreed", [{"price": "0"}, {"annual": "0.00"}, {"annual": "0.04"}])
def test_a_commission_of_nothing_is_refused(sales, lead, enterprise, agreed):
    page = win(sales, lead, final_line(0, enterprise, 5, **agreed))

    assert errors(page) == {
        "": ["The commission would be $0.00. Check the final lines and prices."]
    }
    assert not credited(lead).exists()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("59.001", "with at most two decimals"),
        ("NaN", "with at most two decimals"),
        ("Infinity", "with at most two decimals"),
        ("1e3", "with at most two decimals"),
        ("59,00", "after a period: 59.00"),
        ("1,2345", "with at most two decimals"),
        ("$", "with at most two decimals"),
        ("€59", "with at most two decimals"),
        (".50", "with at most two decimals"),
        ("59.", "with at most two decimals"),
        ("-59", "zero or more US dollars"),
        ("−$59.00", "zero or more US dollars"),
        ("1000000000000000", "at most $1,000,000,000.00"),
        ("1000000000.01", "at most $1,000,000,000.00"),
        ("9" * 5_000, "at most $1,000,000,000.00"),
    ],
)
def test_what_is_no_amount_says_so(typed, problem):
    for name in ("agreed_price", "agreed_annual"):
        with pytest.raises(ValidationError, match=re.escape(problem)):
            FinalLineForm.base_fields[name].clean(typed)


@pytest.mark.parametrize("typed", ["59,00", "9" * 5_000])
def test_what_is_no_amount_is_not_lost(sales, lead, business, enterprise, typed):
    page = win(
        sales,
        lead,
        final_line(0, business, 5, price=typed),
        final_line(1, enterprise, 5, annual=typed),
    )

    assert list(errors(page)) == ["lines-0-agreed_price", "lines-1-agreed_annual"]
    assert not credited(lead).exists()
    price, annual = page.context["typed"].deal.lines.forms
    assert price["agreed_price"].value() == annual["agreed_annual"].value() == typed


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("41.5", "41.50"),
        ("$41.50", "41.50"),
        ("$ 41.50", "41.50"),
        (" 41.50 ", "41.50"),
        ("1,041", "1041.00"),
        ("041", "41.00"),
        ("1000000000", "1000000000.00"),
    ],
)
def test_what_is_an_amount_is_taken(typed, amount):
    for name in ("agreed_price", "agreed_annual"):
        assert FinalLineForm.base_fields[name].clean(typed) == Decimal(amount)


def test_a_price_and_a_sum_of_a_year_are_one_too_many(sales, lead, business):
    page = win(sales, lead, final_line(0, business, 5, price="50", annual="3000"))

    assert errors(page) == {
        "lines-0-agreed_annual": ["Enter the price per month or the amount per year, not both."]
    }


def test_a_plan_is_sold_once(sales, lead, business):
    page = win(sales, lead, final_line(0, business, 5), final_line(1, business, 2))

    assert errors(page) == {
        "lines-1-plan": ["LiveChat Business is already in another line. Remove one of them."]
    }


def test_agents_are_counted(sales, lead, business):
    for agents in ("", "0", "-1", "1.5", "100001", "five"):
        page = win(sales, lead, final_line(0, business, agents))
        assert list(errors(page)) == ["lines-0-agents"]


def test_a_plan_that_is_none_is_refused(sales, lead):
    for forged in ("999999", "x", ""):
        page = win(sales, lead, final_line(0, forged, 5))
        assert "lines-0-plan" in errors(page)


def test_no_lines_are_no_win(sales, lead):
    for nothing in ({}, final_line(0, "")):
        page = win(sales, lead, nothing)
        assert errors(page) == {"lines-0-plan": ["Choose a product and plan."]}


def test_more_than_ten_lines_are_refused(sales, lead):
    lines = [final_line(index, "", 5) for index in range(11)]

    page = win(sales, lead, *lines)

    assert errors(page)[""] == ["A lead has at most 10 products. Remove some."]


def test_forged_lines_by_the_thousand_do_no_harm(sales, lead):
    forged = {f"lines-{index}-plan": "1" for index in range(500)}
    forged |= {"lines-999999999-agents": "5", f"lines-{'9' * 5_000}-agents": "5"}

    for pressed in ("decide", "preview", "add-line", "remove-line-0", "remove-line-99", "nonsense"):
        page = sales.post(
            address(lead, "win"),
            urlencode(words() | forged | {"do": pressed}),
            content_type="application/x-www-form-urlencoded",
        )
        assert page.status_code == 200
        assert len(page.context["typed"].deal.lines.forms) <= 11


def test_a_sum_beyond_any_deal_is_refused(sales, lead, business):
    page = win(sales, lead, final_line(0, business, 100_000, price="1000000000"))

    assert errors(page) == {
        "": ["The annual value would be $1,200,000,000,000,000.00. Check the agents and prices."]
    }
    assert not credited(lead).exists()


@pytest.mark.database
def test_what_the_ledger_refuses_is_shown_on_the_page(sales, lead, business):
    Account.objects.create(partner=lead.partner, entry_count=7, head_hash="f" * 64)

    page = win(sales, lead, final_line(0, business, 5))

    assert "Run audit_ledger and look into it first." in text(page)
    assert Lead.objects.get(pk=lead.pk).status == Status.APPROVED


# Lines added and removed, sums recomputed, without JavaScript


def test_a_line_is_added_and_nothing_typed_is_lost(sales, lead, business):
    typed = final_line(0, business, "many", price="x")

    page = win(sales, lead, typed, do="add-line", message="Kept.", note="Kept, too.")

    first, second = page.context["typed"].deal.lines.forms
    assert first["agents"].value() == "many"
    assert first["agreed_price"].value() == "x"
    assert second["plan"].value() is None
    assert errors(page) == {}, "nobody has pressed the button yet"
    assert page.context["typed"].form["message"].value() == "Kept."
    assert page.context["typed"].form["note"].value() == "Kept, too."


def test_a_line_is_removed_and_the_others_move_up(sales, lead, business, enterprise):
    page = win(
        sales,
        lead,
        final_line(0, business, 5),
        final_line(1, enterprise, 80, price="41.50"),
        do="remove-line-0",
    )

    [form] = page.context["typed"].deal.lines.forms
    assert form["plan"].value() == str(enterprise.pk)
    assert form["agreed_price"].value() == "41.50"


def test_ten_lines_are_the_most_offered(sales, lead):
    lines = [final_line(index, "", 5) for index in range(10)]

    page = win(sales, lead, *lines, do="add-line")

    assert len(page.context["typed"].deal.lines.forms) == 10
    assert "Add a line" not in text(page)


def test_recompute_shows_the_sum_and_decides_nothing(sales, lead, business):
    page = win(sales, lead, final_line(0, business, 200), do="preview")

    assert "Commission $14,160.00" in text(page)
    assert "12 × 200 agents × $59.00 = $141,600.00" in text(page)
    assert not credited(lead).exists()


def test_htmx_replaces_each_lines_words_too(sales, lead, business, enterprise):
    typed = final_line(0, business, 6) | final_line(1, enterprise, 9, price="10")

    response = sales.post(
        address(lead, "win"), words() | typed | {"do": "preview"}, headers={"HX-Request": "true"}
    )

    html = response.content.decode()
    assert '<p class="line-words" id="lines-0-words" hx-swap-oob="true">12 × 6 agents' in html
    assert '<p class="line-words" id="lines-1-words" hx-swap-oob="true">12 × 9 agents' in html
    assert "$532.80" in html


def test_queries_do_not_grow_with_the_lines(sales, approved, django_assert_num_queries):
    # session, user, two of permissions, lead, lines, plans, other leads, prices, owners
    for lines in BUNDLE_5[:1], (*BUNDLE_5, ("chatbot", "team", None), ("livechat", "team", 3)):
        lead = approved(lines=lines)
        with django_assert_num_queries(10):
            sales.get(address(lead, "win"))
