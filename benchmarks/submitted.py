"""Submitted leads in any number, as the form would have left them, made in bulk."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from commissions import explanation
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leadportal.db.groups import SALES
from leadportal.mail.models import OutgoingMail
from leadportal.partners.models import Partner, User
from leads import deal
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.status import Status

PARTNERS = 20
_numbers = count(1)


def migrated() -> None:
    """Give the empty database its tables, its prices and its cache."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def sales_user() -> User:
    """Return one of sales, made at the first call."""
    user, is_new = User.objects.get_or_create(email="sales@vendor.example", is_staff=True)
    if is_new:
        user.groups.add(Group.objects.get(name=SALES))
    return user


def partner_users(number: int = PARTNERS) -> list[User]:
    """Return the owners of so many partners, made at the first call."""
    users = list(User.objects.filter(partner__isnull=False).select_related("partner"))
    for place in range(len(users), number):
        partner = Partner.objects.create(name=f"Partner {place}", domain=f"partner-{place}.example")
        email = f"owner@{partner.domain}"
        owner = User.objects.create(email=email, partner=partner, role=User.Role.OWNER)
        users.append(owner)
    return users[:number]


def assert_submits(flow: Callable[[], object]) -> None:
    """Try the flow once: it must leave a whole lead, with its line, event, counter and mails."""

    def rows() -> dict[str, int]:
        models = (Lead, DealLine, LeadEvent, OutgoingMail)
        counters = LeadCount.objects.aggregate(all=Sum("count"))
        counted = {model.__name__: model.objects.count() for model in models}
        return counted | {"counter": counters["all"] or 0}

    before = rows()
    flow()
    more = {name: count - before[name] for name, count in rows().items()}
    assert more == {"Lead": 1, "DealLine": 1, "LeadEvent": 1, "OutgoingMail": 2, "counter": 1}, more


@transaction.atomic
def submitted(number: int) -> list[int]:
    """Add so many submitted leads of PARTNERS partners; return their ids."""
    users = partner_users()
    at = timezone.now()
    terms = CommissionTerms.objects.in_force(timezone.localdate(at))
    plan = Plan.objects.select_related("product").get(product__code="livechat", code="business")
    lines = [Choice(plan, 5, BillingCycle.ANNUAL.value)]
    estimate = deal.estimate(lines, terms, timezone.localdate(at))
    frozen = explanation.freeze(estimate, "rev_share")
    leads = []
    for _ in range(number):
        place = next(_numbers)
        user = users[place % len(users)]
        lead = Lead(
            partner=user.partner,
            submitted_by=user,
            agreed_by=user,
            submitted_at=at - timedelta(seconds=1_000_000 - place),
            changed_at=at,
            lead_is_informed_at=at,
            accepts_requirements_at=at,
            decision_due=at.date(),
            company_name=f"Nordwind Retail {place}",
            domain=f"nordwind-{place}.example",
            first_name="Anna",
            last_name="Lindqvist",
            contact_email=f"anna@nordwind-{place}.example",
            job_title="Head of support",
            phone_number="+46812345678",
            region="SE",
            employees="51-200",
            description="They want to replace their contact form by Christmas.",
            commission_type="rev_share",
            terms=terms,
            agents=5,
            meets_criteria=True,
            annual_value=estimate.annual_value,
            estimated_commission=estimate.commission("rev_share"),
            estimate=frozen,
            estimate_is_complete=True,
        )
        lead.refresh_search_text()
        leads.append(lead)
    Lead.objects.bulk_create(leads, batch_size=1_000)
    priced = estimate.lines[0]
    DealLine.objects.bulk_create(
        [
            DealLine(
                lead=lead,
                stage=DealLine.Stage.SUBMITTED,
                position=1,
                plan=plan,
                agents=priced.agents,
                billing_cycle=priced.billing_cycle,
                monthly_price=priced.monthly_price,
                price_from=priced.price_from,
            )
            for lead in leads
        ],
        batch_size=1_000,
    )
    LeadEvent.objects.bulk_create(
        [
            LeadEvent(
                lead=lead,
                number=1,
                kind=LeadEvent.Kind.SUBMITTED,
                to_status=Status.SUBMITTED,
                at=lead.submitted_at,
                actor=lead.submitted_by,
            )
            for lead in leads
        ],
        batch_size=1_000,
    )
    counted: dict[tuple[int, str], int] = {}
    for lead in leads:
        key = (lead.partner_id, Status.SUBMITTED.value)
        counted[key] = counted.get(key, 0) + 1
    LeadCount.objects.add(counted)
    return [lead.pk for lead in leads]
