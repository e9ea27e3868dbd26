"""Finance keeps the price list and the terms, and reads the ledger; nobody writes it here."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from commissions.catalog.models import Plan, Price, Product
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db import triggers
from leadportal.ui.admin_pages import PagesAdmin
from tests.commissions.entries import credit, won_lead
from tests.commissions.finance import said
from tests.factories import PartnerFactory
from tests.sessions import sign_in

# Long after the database's own clock, which knows as well what is still to come
TODAY = date(2096, 11, 10)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2096, 11, 10, 12, tzinfo=UTC))


@pytest.fixture
def business(db):
    return Plan.objects.select_related("product").get(product__code="livechat", code="business")


def address(model, page, *args):
    return reverse(f"admin:commissions_{model}_{page}", args=args)


def errors(response):
    """Every error of the admin's form, as one text."""
    form = response.context["adminform"].form
    sets = [formset.formset for formset in response.context["inline_admin_formsets"]]
    return f"{form.errors} {[(each.errors, each.non_form_errors()) for each in sets]}"


# Prices


def price_form(plan, day=TOMORROW, monthly="62.00", cycle="annual"):
    return {
        "plan": plan.pk,
        "billing_cycle": cycle,
        "monthly": monthly,
        "valid_from": day.isoformat(),
    }


@pytest.mark.database
@pytest.mark.usefixtures("_noon")
def test_price_is_added_from_a_day_to_come(finance, business):
    response = finance.post(address("price", "add"), price_form(business))
    assert response.status_code == 302
    price = Price.objects.get(valid_from=TOMORROW)
    assert (price.plan, price.monthly) == (business, Decimal("62.00"))
    (message,) = said(response)
    assert "$62.00 a month" in message, "what was typed is read back"


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"day": TODAY}, "Choose tomorrow or a later day"),
        ({"day": date(2024, 1, 1)}, "Choose tomorrow or a later day"),
        ({"monthly": "-1.00"}, "zero or more US dollars"),
        ({"monthly": "62.005"}, "at most two decimals"),
        ({"monthly": "NaN"}, "at most two decimals"),
        ({"monthly": "66,50"}, "after a period: 66.50"),
        ({"monthly": "1e15"}, "at most two decimals"),
        ({"monthly": ""}, "Fill in “US dollars per month”."),
        ({"cycle": "weekly"}, "not one of the available choices"),
    ],
)
def test_price_that_cannot_be_is_refused_with_a_word(finance, business, form, words):
    before = Price.objects.count()
    response = finance.post(address("price", "add"), price_form(business, **form))
    assert response.status_code == 200
    assert words in errors(response)
    assert Price.objects.count() == before


@pytest.mark.usefixtures("_noon")
def test_second_price_from_one_day_is_refused_with_a_word(finance, business):
    finance.post(address("price", "add"), price_form(business))
    response = finance.post(address("price", "add"), price_form(business, monthly="63.00"))
    assert "This plan already has a price for this billing cycle from this date." in errors(
        response
    )
    assert Price.objects.get(valid_from=TOMORROW).monthly == Decimal("62.00")


@pytest.mark.usefixtures("_noon")
def test_price_in_force_can_only_be_read(finance, superuser, business):
    price = business.prices.get(billing_cycle="annual")
    change, delete = address("price", "change", price.pk), address("price", "delete", price.pk)
    for user in (None, superuser):
        if user:
            sign_in(finance, user)
        shown = finance.get(change)
        assert shown.status_code == 200
        assert 'name="_save"' not in shown.text
        assert finance.post(change, price_form(business, price.valid_from)).status_code == 403
        assert finance.post(delete, {"post": "yes"}).status_code == 403
    price.refresh_from_db()
    assert price.monthly == Decimal("59.00")


@pytest.mark.usefixtures("_noon")
def test_prices_in_force_are_not_deleted_from_the_list(client, superuser, business):
    sign_in(client, superuser)
    chosen = list(business.prices.values_list("pk", flat=True))
    client.post(
        address("price", "changelist"),
        {"action": "delete_selected", "_selected_action": chosen, "post": "yes"},
    )
    assert business.prices.count() == 2


@pytest.mark.database
@pytest.mark.usefixtures("_noon")
def test_price_to_come_is_changed_and_deleted(finance, superuser, business):
    finance.post(address("price", "add"), price_form(business))
    price = Price.objects.get(valid_from=TOMORROW)
    changed = finance.post(
        address("price", "change", price.pk), price_form(business, monthly="64.00")
    )
    assert changed.status_code == 302
    price.refresh_from_db()
    assert price.monthly == Decimal("64.00")
    sign_in(finance, superuser)
    assert finance.post(address("price", "delete", price.pk), {"post": "yes"}).status_code == 302
    assert not Price.objects.filter(pk=price.pk).exists()


# A plan with its prices


def plan_form(plan, *prices, **fields):
    """The plan's form with new rows of prices to come: (cycle, monthly, day)."""
    form = {
        "product": plan.product_id,
        "name": plan.name,
        "code": plan.code,
        "pricing": plan.pricing,
        "is_offered": "on",
        "position": plan.position,
        "prices-TOTAL_FORMS": len(prices),
        "prices-INITIAL_FORMS": 0,
        "prices-2-TOTAL_FORMS": 0,
        "prices-2-INITIAL_FORMS": 0,
    }
    for n, (cycle, monthly, day) in enumerate(prices):
        form |= {
            f"prices-{n}-plan": plan.pk,
            f"prices-{n}-billing_cycle": cycle,
            f"prices-{n}-monthly": monthly,
            f"prices-{n}-valid_from": day.isoformat(),
        }
    return form | fields


@pytest.mark.database
@pytest.mark.usefixtures("_noon")
def test_plan_shows_its_price_history_and_takes_new_prices(finance, business):
    change = address("plan", "change", business.pk)
    response = finance.get(change)
    to_come, in_force = (each.formset for each in response.context["inline_admin_formsets"])
    assert (to_come.initial_form_count(), in_force.initial_form_count()) == (0, 2)
    text = response.text
    assert "Future prices" in text
    assert "Current and past prices" in text
    assert "$59.00" in text
    response = finance.post(
        change,
        plan_form(business, ("annual", "62.00", TOMORROW), ("monthly", "72.00", TOMORROW)),
    )
    assert response.status_code == 302
    assert [words for words in said(response) if "a month" in words] == [
        f"The price was saved: {price}." for price in business.prices.filter(valid_from=TOMORROW)
    ]
    assert "$62.00 a month" in said(response)[0]
    assert business.prices.filter(valid_from=TOMORROW).count() == 2
    assert business.prices.count() == 4


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("annual", "62.00", TODAY)], "Choose tomorrow or a later day"),
        ([("annual", "62.00", TOMORROW), ("annual", "63.00", TOMORROW)], "duplicate"),
        ([("annual", "-1.00", TOMORROW)], "zero or more US dollars"),
    ],
)
def test_plan_refuses_prices_that_cannot_be(finance, business, rows, words):
    response = finance.post(address("plan", "change", business.pk), plan_form(business, *rows))
    assert response.status_code == 200
    assert words in errors(response)
    assert business.prices.count() == 2


@pytest.mark.usefixtures("_noon")
def test_plan_refuses_a_second_price_from_a_stored_day(finance, business):
    Price.objects.create(
        plan=business, billing_cycle="annual", monthly=Decimal(62), valid_from=TOMORROW
    )
    response = finance.post(
        address("plan", "change", business.pk),
        plan_form(business, ("annual", "63.00", TOMORROW)),
    )
    assert "already has a price for this billing cycle from this date" in errors(response)


@pytest.mark.usefixtures("_noon")
def test_plan_with_prices_in_force_keeps_what_they_mean(finance, business):
    change = address("plan", "change", business.pk)
    response = finance.post(change, plan_form(business, pricing="flat"))
    assert "Its prices in force were set for the other pricing" in errors(response)
    unpriced = Plan.objects.get(product__code="livechat", code="enterprise")
    Price.objects.create(
        plan=unpriced, billing_cycle="annual", monthly=Decimal(900), valid_from=TOMORROW
    )
    response = finance.post(
        address("plan", "change", unpriced.pk), plan_form(unpriced, pricing="flat")
    )
    assert response.status_code == 302


@pytest.mark.database
def test_plan_is_withdrawn_and_product_added(finance, business):
    form = plan_form(business)
    del form["is_offered"]
    assert finance.post(address("plan", "change", business.pk), form).status_code == 302
    assert business not in Plan.objects.offered()
    product = {
        "name": "TextApp",
        "code": "textapp",
        "position": 9,
        "plans-TOTAL_FORMS": 1,
        "plans-INITIAL_FORMS": 0,
        "plans-0-name": "Basic",
        "plans-0-code": "basic",
        "plans-0-pricing": "flat",
        "plans-0-is_offered": "on",
        "plans-0-position": 0,
    }
    assert finance.post(address("product", "add"), product).status_code == 302
    added = Plan.objects.get(product__code="textapp")
    assert added.is_flat
    assert added in Plan.objects.offered()


# Terms


@pytest.mark.database
@pytest.mark.usefixtures("_noon")
def test_new_terms_begin_with_the_latest_ones(finance):
    form = finance.get(address("commissionterms", "add")).context["adminform"].form
    assert form.initial["flat_fee"] == Decimal("500.00")
    assert "agrees to be called" in form.initial["lead_is_informed_text"]
    assert not form.initial.get("valid_from")
    values = form.initial | {"share_percent": "12.5", "valid_from": TOMORROW.isoformat()}
    assert finance.post(address("commissionterms", "add"), values).status_code == 302
    assert CommissionTerms.objects.in_force(TOMORROW).share_percent == Decimal("12.50")
    assert CommissionTerms.objects.in_force(TODAY).share_percent == Decimal("10.00")


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"valid_from": TODAY.isoformat()}, "Choose tomorrow or a later day"),
        ({"valid_from": "2023-01-01"}, "There are terms from this date already"),
        ({"share_percent": "100.01"}, "from 0 to 100"),
        ({"share_percent": "-1"}, "from 0 to 100"),
        ({"flat_fee": "-1"}, "zero or more US dollars"),
    ],
)
def test_terms_that_cannot_be_are_refused_with_a_word(finance, values, words):
    initial = finance.get(address("commissionterms", "add")).context["adminform"].form.initial
    response = finance.post(
        address("commissionterms", "add"),
        initial | {"valid_from": TOMORROW.isoformat()} | values,
    )
    assert words in errors(response)
    assert CommissionTerms.objects.count() == 1


def test_terms_in_force_can_only_be_read(finance, superuser):
    terms = CommissionTerms.objects.get()
    change = address("commissionterms", "change", terms.pk)
    for user in (None, superuser):
        if user:
            sign_in(finance, user)
        shown = finance.get(change)
        assert shown.status_code == 200
        assert 'name="_save"' not in shown.text
        assert finance.post(change, {"flat_fee": "1.00"}).status_code == 403
        delete = address("commissionterms", "delete", terms.pk)
        assert finance.post(delete, {"post": "yes"}).status_code == 403
    assert CommissionTerms.objects.get().flat_fee == Decimal("500.00")


# The ledger


@pytest.fixture
def entry(partner_user, sales_user):
    return won_lead(partner_user, sales_user).credit


def test_entry_opens_into_how_it_came_about(finance, entry):
    text = finance.get(address("ledgerentry", "change", entry.pk)).text
    for words in (
        "Brightside Consulting",
        "$354.00",
        "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00",
        "billed annually, list price since 1 Jan 2023",
        "10% of $3,540.00 = $354.00",
        "Terms since 1 Jan 2023: $500.00 fixed fee or 10%",
        "Rounded half up to the cent, once.",
        "Sally Sales",
        entry.hash,
    ):
        assert words in text, words


def test_entry_leads_to_its_lead_for_whoever_may_see_it(finance, entry):
    lead_address = reverse("admin:leads_lead_by_reference", args=[entry.reference])
    change = address("ledgerentry", "change", entry.pk)
    assert f'href="{lead_address}"' in finance.get(change).text
    finance_group = Group.objects.get(name="Finance")
    finance_group.permissions.remove(Permission.objects.get(codename="view_lead"))
    assert lead_address not in finance.get(change).text


def test_torn_explanation_does_not_hide_the_entry(finance, entry):
    triggers.drop("default")
    LedgerEntry.objects.update(explanation="torn")
    response = finance.get(address("ledgerentry", "change", entry.pk))
    assert response.status_code == 200
    assert "We cannot show how this amount was computed." in response.text


@pytest.mark.parametrize("model", ["ledgerentry", "account"])
def test_ledger_can_only_be_read_even_by_the_superuser(client, superuser, entry, model):
    sign_in(client, superuser)
    pk = entry.pk if model == "ledgerentry" else entry.account_id
    assert client.get(address(model, "changelist")).status_code == 200
    shown = client.get(address(model, "change", pk))
    assert shown.status_code == 200
    assert 'name="_save"' not in shown.text
    for page, args in (("add", ()), ("change", (pk,)), ("delete", (pk,))):
        assert client.post(address(model, page, *args), {"post": "yes"}).status_code == 403, page
    client.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
    )
    assert LedgerEntry.objects.filter(pk=entry.pk).exists()
    assert Account.objects.filter(pk=entry.account_id).exists()


@pytest.mark.parametrize("model", ["ledgerentry", "account"])
def test_ledger_is_not_for_sales(client, sales_user, entry, model):
    sign_in(client, sales_user)
    assert client.get(address(model, "changelist")).status_code == 403


@pytest.mark.parametrize("model", ["product", "plan", "price", "commissionterms"])
def test_sales_read_the_catalog_and_change_nothing(client, sales_user, model):
    sign_in(client, sales_user)
    first = {"product": Product, "plan": Plan, "price": Price}.get(model, CommissionTerms)
    pk = first.objects.first().pk
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "change", pk)).status_code == 200
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", pk), {}).status_code == 403


def listed(response):
    return [row.reference for row in response.context["cl"].result_list]


@pytest.mark.database
def test_entries_are_found_by_their_reference(finance, entry, partner, sales_user):
    credit(partner, sales_user, "LD-OTHER")
    changelist = address("ledgerentry", "changelist")
    assert listed(finance.get(changelist)) == ["LD-OTHER", entry.reference]
    assert listed(finance.get(changelist, {"q": f" {entry.reference.lower()} "})) == [
        entry.reference
    ]
    assert listed(finance.get(changelist, {"q": entry.reference[:5]})) == []


@pytest.mark.database
def test_account_leads_to_its_entries(finance, entry, sales_user):
    credit(PartnerFactory(), sales_user, "LD-ELSEWHERE")
    shown = finance.get(address("account", "change", entry.account_id))
    query = f"?account__id__exact={entry.account_id}"
    assert query in shown.text
    assert "$354.00" in shown.text
    assert listed(finance.get(address("ledgerentry", "changelist") + query)) == [entry.reference]
    found = finance.get(address("account", "changelist"), {"q": "BRÍGHTSIDE"})
    assert [row.pk for row in found.context["cl"].result_list] == [entry.account_id]


@pytest.mark.parametrize("typed", ["livechat business", "BUSINESS LiveChat", "Ｌivechät–business"])
def test_plan_is_found_by_its_full_name_however_it_is_typed(finance, business, typed):
    found = finance.get(address("plan", "changelist"), {"q": typed})
    assert list(found.context["cl"].result_list) == [business]


def test_queries_of_the_lists_do_not_grow(finance, entry, sales_user, monkeypatch):
    monkeypatch.setattr(PagesAdmin, "list_per_page", 5)

    def asked(model):
        with CaptureQueriesContext(connection) as captured:
            assert finance.get(address(model, "changelist")).status_code == 200
        return len(captured)

    models = ("ledgerentry", "account", "price", "plan", "product", "commissionterms")
    # Session, user, two kinds of permissions, count, rows; a filter's products
    before = {"ledgerentry": 6, "account": 6, "product": 6, "commissionterms": 6}
    before |= {"price": 7, "plan": 7}
    assert {model: asked(model) for model in models} == before
    for n in range(7):
        credit(PartnerFactory(), sales_user, f"LD-{n}")
    assert {model: asked(model) for model in models} == before


@pytest.mark.database
def test_queries_of_a_plan_do_not_grow_with_its_prices(finance, business):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert finance.get(address("plan", "change", business.pk)).status_code == 200
        return len(captured)

    asked()  # The content types are looked up once for the process.
    before = asked()
    today = timezone.localdate()
    for days in (-400, -300, -200, 100, 200, 300):
        Price.objects.create(
            plan=business,
            billing_cycle="annual",
            monthly=Decimal(60),
            valid_from=today + timedelta(days=days),
        )
    assert asked() == before
