"""Initial data of a new database: list prices of 2023 and the program's terms.

Afterwards they are edited in the admin. Only empty tables are filled, so nothing that was renamed,
withdrawn or replaced there ever comes back.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import transaction

from commissions.catalog.models import BillingCycle, Plan, Price, Product
from commissions.catalog.terms import CommissionTerms

VALID_FROM = date(2023, 1, 1)

# Product, then plan: US dollars per month, billed annually and monthly; None: priced per deal.
# These are the list prices of 2023 as best known.
PER_AGENT, FLAT = Plan.Pricing.PER_AGENT, Plan.Pricing.FLAT
CATALOGUE: tuple[tuple[str, str, str, tuple[tuple[str, str, tuple[int, int] | None], ...]], ...] = (
    (
        "livechat",
        "LiveChat",
        PER_AGENT,
        (
            ("starter", "Starter", (20, 24)),
            ("team", "Team", (41, 49)),
            ("business", "Business", (59, 69)),
            ("enterprise", "Enterprise", None),
        ),
    ),
    (
        "helpdesk",
        "HelpDesk",
        PER_AGENT,
        (("team", "Team", (29, 34)), ("business", "Business", (50, 60))),
    ),
    (
        "chatbot",
        "ChatBot",
        FLAT,
        (
            ("starter", "Starter", (52, 65)),
            ("team", "Team", (142, 169)),
            ("business", "Business", (424, 499)),
        ),
    ),
    ("knowledgebase", "KnowledgeBase", FLAT, (("standard", "Standard", (49, 59)),)),
)

LEAD_IS_INFORMED = (
    "The contact knows that I am passing on their details and agrees to be called or written to by "
    "the sales team about these products."
)
REQUIREMENTS = (
    "The company is a potential customer and, as far as I know, not yet in talks with the sales "
    "team. What I have written about the company and its contact is true to the best of my "
    "knowledge, and I may share it. The sales team looks for companies that want at least 5 agents "
    "or have more than 50 employees, and may reject a lead that does not fit. The sales team leads "
    "the sale, and I promise nothing about prices or contracts on its behalf. A commission, the "
    "fixed fee or the share that I have chosen here, is credited once the deal is won."
)


def fill_new_database(using: str, apps: Apps = installed, **kwargs: Any) -> None:
    """After migrating, fill the catalog and the terms if the database has none. Idempotent.

    `apps` is the state that was migrated to; one without today's tables is skipped.
    """
    if not all(_is_current(apps, model) for model in (Product, Plan, Price, CommissionTerms)):
        return
    with transaction.atomic(using=using):
        if not Product.objects.using(using).exists():
            _fill_catalog(using)
        if not CommissionTerms.objects.using(using).exists():
            _fill_terms(using)


def _is_current(apps: Apps, model: type[Any]) -> bool:
    try:
        migrated = apps.get_model(model._meta.label)
    except LookupError:
        return False
    return {field.name for field in migrated._meta.fields} == {
        field.name for field in model._meta.fields
    }


def _fill_catalog(using: str) -> None:
    products, plans, prices = [], [], []
    for position, (code, name, pricing, listed) in enumerate(CATALOGUE):
        product = Product(code=code, name=name, position=position)
        products.append(product)
        for place, (plan_code, plan_name, monthly) in enumerate(listed):
            plan = Plan(
                product=product, code=plan_code, name=plan_name, pricing=pricing, position=place
            )
            plans.append(plan)
            for cycle, dollars in zip(BillingCycle, monthly or (), strict=False):
                prices.append(
                    Price(
                        plan=plan,
                        billing_cycle=cycle,
                        monthly=Decimal(dollars),
                        valid_from=VALID_FROM,
                    )
                )
    Product.objects.using(using).bulk_create(products)
    Plan.objects.using(using).bulk_create(plans)
    Price.objects.using(using).bulk_create(prices)


def _fill_terms(using: str) -> None:
    CommissionTerms.objects.using(using).create(
        valid_from=VALID_FROM,
        flat_fee=Decimal(500),
        share_percent=Decimal(10),
        holding_days=30,
        minimum_agents=5,
        minimum_employees=50,
        decision_business_days=3,
        lead_is_informed_text=LEAD_IS_INFORMED,
        requirements_text=REQUIREMENTS,
    )
