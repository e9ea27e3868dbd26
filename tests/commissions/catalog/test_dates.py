"""Prices and terms hold from a date on, and once it has come they are history."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from commissions.catalog.dated import AlreadyInForce
from commissions.catalog.models import BillingCycle, Plan, Price, Product
from commissions.catalog.terms import CommissionTerms

pytestmark = pytest.mark.database

# Long after the database's own clock, which knows as well what is still to come
TODAY = date(2096, 11, 10)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2096, 11, 10, 12, tzinfo=UTC))


@pytest.fixture
def business(db):
    return Plan.objects.get(product__code="livechat", code="business")


def price(plan, day, monthly="62.00", cycle=BillingCycle.ANNUAL):
    return Price(plan=plan, billing_cycle=cycle, monthly=Decimal(monthly), valid_from=day)


def terms(day, **fields):
    first = CommissionTerms.objects.order_by("valid_from").first()
    values = {
        field.name: getattr(first, field.name)
        for field in CommissionTerms._meta.fields
        if field.name != "id"
    }
    return CommissionTerms(**{**values, "valid_from": day, **fields})


def in_force(plan, day, cycle=BillingCycle.ANNUAL):
    found = Price.objects.filter(plan=plan, billing_cycle=cycle).in_force(day)
    return [price.monthly for price in found]


def test_price_of_a_day_is_the_newest_that_has_begun(business):
    price(business, date(2026, 7, 1), "61.00").save()
    price(business, date(2027, 1, 1), "63.00").save()
    for day, expected in (
        (date(2022, 12, 31), []),
        (date(2023, 1, 1), [Decimal("59.00")]),
        (date(2026, 6, 30), [Decimal("59.00")]),
        (date(2026, 7, 1), [Decimal("61.00")]),
        (date(2026, 12, 31), [Decimal("61.00")]),
        (date(2027, 1, 1), [Decimal("63.00")]),
        (date(2099, 1, 1), [Decimal("63.00")]),
    ):
        assert in_force(business, day) == expected, day
    assert in_force(business, date(2027, 1, 1), BillingCycle.MONTHLY) == [Decimal("69.00")]


def test_every_plan_and_cycle_has_one_price_in_force(business):
    price(business, date(2026, 7, 1)).save()
    prices = Price.objects.in_force(TODAY)
    assert len({(p.plan_id, p.billing_cycle) for p in prices}) == len(prices) == 18


def test_terms_of_a_day_are_the_newest_that_have_begun(db):
    terms(date(2026, 7, 1), share_percent=Decimal(12)).save()
    terms(date(2027, 1, 1), share_percent=Decimal(15)).save()
    of = CommissionTerms.objects.in_force
    assert of(date(2026, 6, 30)).share_percent == 10
    assert of(date(2026, 7, 1)).share_percent == 12
    assert of(date(2026, 12, 31)).share_percent == 12
    assert of(date(2027, 1, 1)).share_percent == 15
    with pytest.raises(CommissionTerms.DoesNotExist):
        of(date(2022, 12, 31))


def test_terms_as_calculated_carry_their_date(db):
    calculated = CommissionTerms.objects.in_force(TODAY).as_calculated()
    assert calculated.valid_from == date(2023, 1, 1)
    assert (calculated.flat_fee, calculated.share_percent) == (500, 10)


@pytest.mark.parametrize("day", [date(2023, 1, 1), TODAY])
def test_what_is_in_force_is_neither_changed_nor_deleted(business, day):
    if day == TODAY:
        price(business, day).save()
        terms(day).save()
    for row in (
        Price.objects.get(plan=business, billing_cycle="annual", valid_from=day),
        CommissionTerms.objects.get(valid_from=day),
    ):
        with pytest.raises(AlreadyInForce, match="cannot be changed or deleted"):
            row.save()
        # Nor by giving it another day.
        row.valid_from = TOMORROW
        with pytest.raises(AlreadyInForce):
            row.save()
        with pytest.raises(AlreadyInForce):
            row.delete()
        row.refresh_from_db()
        assert row.valid_from == day


def test_what_is_in_force_is_not_changed_or_deleted_in_bulk_either(business):
    price(business, TOMORROW).save()
    for rows in (Price.objects.all(), business.prices.all(), CommissionTerms.objects.all()):
        with pytest.raises(AlreadyInForce):
            rows.delete()
        with pytest.raises(AlreadyInForce):
            rows.update(valid_from=TOMORROW)
    stored = list(Price.objects.all())
    stored[0].monthly = Decimal(1)
    with pytest.raises(AlreadyInForce), transaction.atomic():
        Price.objects.bulk_update(stored, ["monthly"])
    assert Price.objects.count() == 19
    assert not hasattr(Price.objects, "delete")


def test_writing_over_a_row_in_force_by_its_key_is_refused(business):
    row = price(business, TOMORROW, "1.00")
    row.pk = Price.objects.get(plan=business, billing_cycle="annual").pk
    with pytest.raises(AlreadyInForce):
        row.save()
    assert in_force(business, TODAY) == [Decimal("59.00")]


def test_what_is_still_to_come_can_be_changed_and_deleted(business):
    row = price(business, TOMORROW)
    row.save()
    row.monthly = Decimal("64.00")
    row.save()
    assert in_force(business, TOMORROW) == [Decimal("64.00")]
    Price.objects.filter(valid_from__gt=TODAY).update(monthly=Decimal("65.00"))
    assert in_force(business, TOMORROW) == [Decimal("65.00")]
    row.delete()
    assert in_force(business, TOMORROW) == [Decimal("59.00")]
    later = terms(TOMORROW)
    later.save()
    CommissionTerms.objects.filter(pk=later.pk).delete()
    assert CommissionTerms.objects.count() == 1


@pytest.mark.parametrize("day", [date(2020, 1, 1), TODAY - timedelta(days=1), TODAY])
def test_a_day_that_has_begun_keeps_its_price_and_terms(business, day):
    for row in (price(business, day), terms(day)):
        with pytest.raises(ValidationError, match="Choose tomorrow or a later day") as refusal:
            row.full_clean()
        assert list(refusal.value.error_dict) == ["valid_from"]


def test_the_first_price_of_a_plan_may_begin_on_any_day(business):
    enterprise = Plan.objects.get(product__code="livechat", code="enterprise")
    for day in (date(2023, 1, 1), TODAY, TOMORROW):
        price(enterprise, day).full_clean()
    price(business, TOMORROW).full_clean()
    terms(TOMORROW).full_clean()


def test_two_prices_of_one_plan_and_cycle_from_one_day_are_refused(business):
    price(business, TOMORROW).save()
    with pytest.raises(ValidationError, match="already has a price for this billing cycle"):
        price(business, TOMORROW).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        price(business, TOMORROW).save()
    price(business, TOMORROW, cycle=BillingCycle.MONTHLY).full_clean()


def test_two_terms_from_one_day_are_refused(db):
    terms(TOMORROW).save()
    with pytest.raises(ValidationError, match="There are terms from this date already"):
        terms(TOMORROW).full_clean()


@pytest.mark.parametrize(
    ("monthly", "words"),
    [("-0.01", "zero or more US dollars"), ("1000000000.01", "less than or equal to 1000000000")],
)
def test_price_out_of_range_is_refused(business, monthly, words):
    with pytest.raises(ValidationError, match=words):
        price(business, TOMORROW, monthly).full_clean()


def test_negative_price_is_refused_by_the_database(business):
    with pytest.raises(IntegrityError), transaction.atomic():
        price(business, TOMORROW, "-0.01").save()


@pytest.mark.parametrize("share_percent", ["-0.01", "100.01"])
def test_share_that_is_no_percentage_is_refused(db, share_percent):
    row = terms(TOMORROW, share_percent=Decimal(share_percent))
    with pytest.raises(ValidationError):
        row.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_plan_with_prices_and_product_with_plans_stay(business):
    with pytest.raises(ProtectedError):
        business.delete()
    with pytest.raises(ProtectedError):
        Product.objects.get(code="livechat").delete()


@pytest.mark.parametrize(
    ("zone", "moment", "begun"),
    [
        ("UTC", datetime(2096, 11, 10, 23, 59, 59, tzinfo=UTC), False),
        ("UTC", datetime(2096, 11, 11, 0, 0, tzinfo=UTC), True),
        ("Europe/Warsaw", datetime(2096, 11, 10, 22, 59, 59, tzinfo=UTC), False),
        ("Europe/Warsaw", datetime(2096, 11, 10, 23, 0, tzinfo=UTC), True),
        ("America/New_York", datetime(2096, 11, 11, 4, 59, 59, tzinfo=UTC), False),
        ("America/New_York", datetime(2096, 11, 11, 5, 0, tzinfo=UTC), True),
    ],
)
def test_a_day_begins_at_the_business_midnight(business, monkeypatch, zone, moment, begun):
    monkeypatch.setattr(timezone, "now", lambda: moment)
    row, rows = price(business, TOMORROW), Price.objects.filter(valid_from=TOMORROW)
    row.save()
    with timezone.override(ZoneInfo(zone)):
        assert row.is_in_force is begun
        if begun:
            with pytest.raises(AlreadyInForce):
                rows.update(monthly=Decimal(1))
        else:
            assert rows.update(monthly=Decimal(1)) == 1
