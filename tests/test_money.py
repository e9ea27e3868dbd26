"""US dollars: Decimal in Python, whole cents in the database, one way to round and to write."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Max, Sum
from django.forms import modelform_factory
from hypothesis import given
from hypothesis import strategies as st

from commissions.catalog.models import BillingCycle, Plan, Price
from leadportal.db.fields import MoneyField
from leadportal.money import from_cents, round_to_cent, to_cents, usd
from leadportal.ui.fields import form_field

PriceForm = modelform_factory(Price, fields=("monthly",), formfield_callback=form_field)


@pytest.fixture
def price(db: None) -> Price:
    return Price(
        plan=Plan.objects.get(product__code="livechat", code="business"),
        billing_cycle=BillingCycle.ANNUAL,
        monthly=Decimal("61.07"),
        valid_from=date(2030, 1, 1),
    )


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("2.675", "2.68"),
        ("0.0049", "0.00"),
        ("-0.005", "-0.01"),
        ("354", "354.00"),
    ],
)
def test_rounding_is_half_up_to_the_cent(amount: str, rounded: str) -> None:
    assert str(round_to_cent(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("3540", "$3,540.00"),
        ("0", "$0.00"),
        ("0.1", "$0.10"),
        ("-354", "−$354.00"),
        ("1234567.895", "$1,234,567.90"),
        ("-0.001", "$0.00"),
    ],
)
def test_usd_is_written_as_people_write_it(amount: str, words: str) -> None:
    assert usd(Decimal(amount)) == words


@pytest.mark.parametrize("step", [round_to_cent, to_cents, usd])
@pytest.mark.parametrize("amount", [0.1, 1, "1.00", None])
def test_only_a_decimal_is_money(step: Any, amount: Any) -> None:
    with pytest.raises(TypeError):
        step(amount)


@pytest.mark.parametrize("amount", ["0.005", "-59.999"])
def test_part_of_a_cent_never_becomes_cents(amount: str) -> None:
    with pytest.raises(ValueError, match="whole number of cents"):
        to_cents(Decimal(amount))


@pytest.mark.parametrize("step", [round_to_cent, to_cents, usd])
@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_money(step: Any, amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        step(Decimal(amount))


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_cents_come_back_as_they_went(cents: int) -> None:
    amount = from_cents(cents)
    assert amount.as_tuple().exponent == -2
    assert to_cents(amount) == cents


@pytest.mark.database
@pytest.mark.parametrize("amount", ["0.00", "59.00", "0.01", "99999999999999.99"])
def test_amount_survives_the_database(price: Price, amount: str) -> None:
    price.monthly = Decimal(amount)
    price.save()
    price.refresh_from_db()
    assert str(price.monthly) == amount


@pytest.mark.database
def test_database_holds_whole_cents(price: Price) -> None:
    price.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT monthly FROM commissions_price WHERE id = %s", [price.pk])
        assert cursor.fetchone() == (6107,)


@pytest.mark.database
def test_amounts_are_compared_and_aggregated_as_money(price: Price) -> None:
    price.save()
    prices = Price.objects.filter(pk=price.pk)
    assert prices.filter(monthly=Decimal("61.07"), monthly__lt=Decimal("61.08")).exists()
    assert prices.aggregate(most=Max("monthly"))["most"] == Decimal("61.07")
    assert prices.annotate(same=F("monthly")).get().same == Decimal("61.07")


@pytest.mark.database
def test_hundred_thousand_amounts_sum_exactly(price: Price, vendor: str) -> None:
    table = Price._meta.db_table
    days = "SELECT 1 AS n UNION ALL SELECT n + 1 FROM days WHERE n < 100000"
    day = {
        "sqlite": "date('2024-01-01', '+' || n || ' days')",
        "postgresql": "DATE '2024-01-01' + n",
    }[vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE days AS ({days}) "
            f"INSERT INTO {table} (plan_id, billing_cycle, monthly, valid_from, digest) "
            f"SELECT %s, 'monthly', 7, {day}, '' FROM days",
            [price.plan.pk],
        )
    total = Price.objects.filter(monthly=Decimal("0.07")).aggregate(total=Sum("monthly"))["total"]
    assert str(total) == "7000.00"


@pytest.mark.database
@pytest.mark.parametrize("amount", [0.1, float("nan"), Decimal("0.001"), Decimal("NaN"), True])
def test_amount_with_a_fraction_of_a_cent_is_not_saved(price: Price, amount: Any) -> None:
    price.monthly = amount
    with pytest.raises((TypeError, ValueError)):
        price.save()


@pytest.mark.parametrize("text", ["fifty", "59,00", "NaN", "Infinity", "59.001", "1e3x"])
def test_validation_explains_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(text, None)


def test_text_and_dollars_without_cents_become_amounts() -> None:
    assert str(MoneyField().clean("59", None)) == "59"
    assert str(MoneyField().clean(59, None)) == "59.00"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("59.001", "at most two decimals"),
        ("66,50", "after a period: 66.50"),
        ("1000000000000", "at most $1,000,000,000.00"),
        ("", "required"),
    ],
)
def test_form_says_what_is_wrong_with_an_amount(typed: str, words: str) -> None:
    form = PriceForm({"monthly": typed})
    assert words in form.errors["monthly"][0]


def test_form_takes_an_amount(price: Price) -> None:
    form = PriceForm({"monthly": "62.50"}, instance=price)
    assert form.save().monthly == Decimal("62.50")


@pytest.mark.database
def test_amount_survives_a_dump(price: Price) -> None:
    price.save()
    [loaded] = serializers.deserialize("json", serializers.serialize("json", [price]))
    assert loaded.object.monthly == Decimal("61.07")
