"""A wrong future price, or wrong future terms, can be deleted by those who may add it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from commissions.catalog.models import Plan, Price
from commissions.catalog.terms import CommissionTerms
from tests.commissions.entries import new_terms
from tests.sessions import sign_in


def rows(days):
    day = timezone.localdate() + timedelta(days=days)
    price = Price.objects.create(
        plan=Plan.objects.get(product__code="livechat", code="business"),
        billing_cycle="annual",
        monthly=Decimal(590),
        valid_from=day,
    )
    return {"price": price, "commissionterms": new_terms(day, flat_fee=5_000)}


def page_of(row, page):
    return reverse(f"admin:commissions_{row._meta.model_name}_{page}", args=[row.pk])


@pytest.mark.database
@pytest.mark.parametrize("model", ["price", "commissionterms"])
def test_finance_delete_what_is_to_come_after_confirming(client, finance_user, model):
    sign_in(client, finance_user)
    row = rows(1)[model]
    assert page_of(row, "delete") in client.get(page_of(row, "change")).text
    confirmation = client.get(page_of(row, "delete"))
    assert "Are you sure you want to delete" in confirmation.text
    assert type(row).objects.filter(pk=row.pk).exists()
    assert client.post(page_of(row, "delete"), {"post": "yes"}).status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", ["price", "commissionterms"])
@pytest.mark.parametrize(("who", "days"), [("finance_user", 0), ("sales_user", 1)])
def test_what_is_in_force_stays_and_so_does_everything_for_others(
    client, request, model, who, days
):
    sign_in(client, request.getfixturevalue(who))
    row = rows(days)[model]
    assert client.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_future_price_of_a_plan_leads_to_its_page(client, finance_user):
    sign_in(client, finance_user)
    price = rows(1)["price"]
    page = client.get(reverse("admin:commissions_plan_change", args=[price.plan_id]))
    assert page_of(price, "change") in page.text
    assert "prices-0-DELETE" not in page.text


def test_new_terms_begin_with_the_latest_holding_period(client, finance_user):
    sign_in(client, finance_user)
    new_terms(holding_days=45)
    page = client.get(reverse("admin:commissions_commissionterms_add"))
    assert 'name="holding_days" value="45"' in page.text
    assert CommissionTerms._meta.get_field("holding_days").default == 30
