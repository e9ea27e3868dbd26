"""A new database brings the catalog and the terms, once."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from commissions.catalog import seeds
from commissions.catalog.models import Plan, Price, Product
from commissions.catalog.terms import CommissionTerms
from leadportal.db import triggers

pytestmark = pytest.mark.database

# The list as the vendor had it in 2023, written out: annual, monthly, how it is priced
LISTED = {
    "LiveChat Starter": (20, 24, "per_agent"),
    "LiveChat Team": (41, 49, "per_agent"),
    "LiveChat Business": (59, 69, "per_agent"),
    "LiveChat Enterprise": (None, None, "per_agent"),
    "HelpDesk Team": (29, 34, "per_agent"),
    "HelpDesk Business": (50, 60, "per_agent"),
    "ChatBot Starter": (52, 65, "flat"),
    "ChatBot Team": (142, 169, "flat"),
    "ChatBot Business": (424, 499, "flat"),
    "KnowledgeBase Standard": (49, 59, "flat"),
}


def listed(plan):
    prices = {price.billing_cycle: price.monthly for price in plan.prices.all()}
    return (prices.get("annual"), prices.get("monthly"), plan.pricing)


def test_new_database_has_the_list_prices_of_2023(db):
    plans = Plan.objects.select_related("product").prefetch_related("prices")
    assert {str(plan): listed(plan) for plan in plans} == LISTED
    assert [str(plan) for plan in plans] == list(LISTED)
    assert all(plan.is_offered for plan in plans)
    assert {price.valid_from for price in Price.objects.all()} == {date(2023, 1, 1)}


def test_new_database_has_the_programs_terms(db):
    terms = CommissionTerms.objects.get()
    assert terms.valid_from == date(2023, 1, 1)
    assert (terms.flat_fee, terms.share_percent) == (Decimal("500.00"), Decimal("10.00"))
    assert (terms.minimum_agents, terms.minimum_employees) == (5, 50)
    assert terms.decision_business_days == 3
    assert "agrees to be called" in terms.lead_is_informed_text
    assert terms.requirements_text.count(". ") == 4
    assert terms.requirements_text.endswith(".")


def migrate():
    call_command("migrate", verbosity=0)


def test_migrating_again_adds_nothing(db):
    before = [list(model.objects.values()) for model in (Product, Plan, Price, CommissionTerms)]
    migrate()
    after = [list(model.objects.values()) for model in (Product, Plan, Price, CommissionTerms)]
    assert after == before


def test_what_was_renamed_withdrawn_or_deleted_is_not_brought_back(db):
    Product.objects.filter(code="chatbot").update(name="TextBot", code="textbot")
    Plan.objects.filter(code="starter").update(is_offered=False)
    Plan.objects.get(product__code="livechat", code="enterprise").delete()
    migrate()
    assert list(Product.objects.values_list("name", flat=True)) == [
        "LiveChat",
        "HelpDesk",
        "TextBot",
        "KnowledgeBase",
    ]
    assert not Plan.objects.filter(code="starter", is_offered=True).exists()
    assert Plan.objects.count() == len(LISTED) - 1


def test_looking_costs_two_queries(db):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        seeds.fill_new_database(using="default")
    asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(asked) == 2


def test_tables_of_another_day_are_left_alone(db):
    """Migrating part of the way, or back, hands over the tables as they are then."""
    executor = MigrationExecutor(connection)
    part = executor.loader.project_state(("commissions", "0001_initial")).apps
    before = executor.loader.project_state(("partners", "0001_initial")).apps
    for state in (part, before):
        with CaptureQueriesContext(connection) as captured:
            seeds.fill_new_database(using="default", apps=state)
        assert len(captured) == 0
    assert seeds._is_current(apps, Price)


@pytest.mark.django_db(transaction=True)
def test_everything_is_back_after_a_flush():
    Product.objects.filter(code="livechat").update(name="Renamed")
    triggers.drop("default")
    call_command("flush", interactive=False, verbosity=0)
    assert Product.objects.get(code="livechat").name == "LiveChat"
    assert CommissionTerms.objects.count() == 1
    assert Price.objects.count() == 18


def permissions(name):
    return set(
        Group.objects.get(name=name)
        .permissions.filter(content_type__app_label="commissions")
        .values_list("codename", flat=True)
    )


def test_finance_keeps_the_catalog_amends_the_ledger_and_pays(db):
    models = ("product", "plan", "price", "commissionterms")
    assert permissions("Finance") == {
        "view_account",
        "view_ledgerentry",
        "add_ledgerentry",
        "view_withdrawal",
        "pay_withdrawal",
        "view_paymentbatch",
        *(f"{verb}_{model}" for verb in ("view", "add", "change") for model in models),
    }


def test_sales_read_the_catalog(db):
    assert permissions("Sales") == {
        "view_product",
        "view_plan",
        "view_price",
        "view_commissionterms",
    }


def test_nobody_else_is_granted_anything_of_money(db):
    assert permissions("Partner managers") == set()
