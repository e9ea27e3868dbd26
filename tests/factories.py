"""The smallest whole things the tests need; a test names only what it is about.

Plans, prices and terms are not made here: every new database has the seeded ones.
"""

from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db.models import F
from django.utils import timezone

from commissions.calculator import CommissionType, Estimate, Terms
from commissions.explanation import freeze
from commissions.models import BillingCycle, CommissionTerms, Plan, Price
from leadportal.partners.models import Partner, User
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import Employees, Source, business_day_after
from leads.status import Reason, Status

PASSWORD = "correct horse battery"

# The brief's own examples: product, plan, agents
BUSINESS_5 = (("livechat", "business", 5),)
BUNDLE_5 = (("livechat", "business", 5), ("helpdesk", "team", 5))


class PartnerFactory(factory.django.DjangoModelFactory):
    """An organisation with a domain of its own."""

    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"Partner {n}")
    domain = factory.Sequence(lambda n: f"partner-{n}.example")


class UserFactory(factory.django.DjangoModelFactory):
    """A partner's owner, who signs in with PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person-{n}@partner.example")
    name = factory.Sequence(lambda n: f"Person {n}")
    partner = factory.SubFactory(PartnerFactory)
    role = User.Role.OWNER
    password = factory.django.Password(PASSWORD)


class StaffFactory(UserFactory):
    """One of the vendor's people: `StaffFactory(groups=("Sales",))`."""

    class Meta:
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"staff-{n}@vendor.example")
    partner = None
    role = User.Role.MEMBER
    is_staff = True

    @factory.post_generation
    def groups(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            self.groups.set([Group.objects.get(name=name) for name in extracted])


class LeadFactory(factory.django.DjangoModelFactory):
    """A whole lead, sent by the form: lines, frozen estimate, agreements, first event and counter.

    `lines` are (product code, plan code, agents) or the same with a billing cycle. `status` is
    reached by legal moves, each with its event. A won lead needs a credit: win one through
    `leads.decisions`. `source="api"` leaves out what only the form asks for.
    """

    class Meta:
        model = Lead

    partner = factory.SubFactory(PartnerFactory)
    submitted_by = factory.SubFactory(UserFactory, partner=factory.SelfAttribute("..partner"))
    source = Source.FORM
    submitted_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("submitted_at")

    company_name = factory.Sequence(lambda n: f"Nordwind Retail {n}")
    domain = factory.Sequence(lambda n: f"nordwind-{n}.example")
    first_name = "Anna"
    last_name = "Lindqvist"
    contact_email = factory.LazyAttribute(lambda lead: f"anna.lindqvist@{lead.domain}")
    job_title = "Head of support"
    phone_number = "+46812345678"
    region = "SE"
    employees = Employees.UP_TO_200
    description = "They want to replace their contact form by Christmas."

    commission_type = CommissionType.REV_SHARE
    is_included_in_communication = True

    terms = factory.LazyAttribute(
        lambda lead: CommissionTerms.objects.in_force(timezone.localdate(lead.submitted_at))
    )
    decision_due = factory.LazyAttribute(
        lambda lead: business_day_after(
            timezone.localdate(lead.submitted_at), lead.terms.decision_business_days
        )
    )
    lead_is_informed_at = factory.SelfAttribute("submitted_at")
    accepts_requirements_at = factory.SelfAttribute("submitted_at")
    agreed_by = factory.SelfAttribute("submitted_by")

    @classmethod
    def _create(cls, model_class: type[Lead], *args: Any, **fields: Any) -> Lead:
        status = fields.pop("status", Status.SUBMITTED)
        of_form = fields["source"] == Source.FORM
        lines = _lines(fields.pop("lines", BUSINESS_5 if of_form else ()), fields)
        if not of_form:
            fields |= {"lead_is_informed_at": None, "accepts_requirements_at": None}
            fields |= {"agreed_by": None, "region": "", "employees": ""}
        lead = model_class(**(_estimated(lines, fields) | fields))
        lead.refresh_search_text()
        lead.save(force_insert=True)
        for line in lines:
            line.lead = lead
        DealLine.objects.bulk_create(lines)
        LeadEvent.objects.create(
            lead=lead,
            kind=LeadEvent.Kind.SUBMITTED,
            to_status=Status.SUBMITTED,
            at=lead.submitted_at,
            actor=lead.submitted_by,
        )
        _count(lead, +1)
        for step in _path(status):
            _move(lead, step)
        return lead


def _lines(wanted: Any, fields: dict[str, Any]) -> list[DealLine]:
    prices = Price.objects.in_force(timezone.localdate(fields["submitted_at"]))
    lines = []
    for position, (product, code, agents, *cycle) in enumerate(wanted, start=1):
        plan = Plan.objects.select_related("product").get(product__code=product, code=code)
        billing_cycle = cycle[0] if cycle else BillingCycle.ANNUAL
        price = prices.filter(plan=plan, billing_cycle=billing_cycle).first()
        lines.append(
            DealLine(
                stage=DealLine.Stage.SUBMITTED,
                position=position,
                plan=plan,
                agents=agents,
                billing_cycle=billing_cycle,
                monthly_price=price and price.monthly,
                price_from=price and price.valid_from,
            )
        )
    return lines


def _estimated(lines: list[DealLine], fields: dict[str, Any]) -> dict[str, Any]:
    terms = fields["terms"]
    agents = sum(line.agents or 0 for line in lines)
    employees = fields["employees"] and Employees(fields["employees"]).at_least
    estimated = {
        "agents": agents,
        "meets_criteria": agents >= terms.minimum_agents
        or (employees or 0) > terms.minimum_employees,
    }
    if not lines:
        return estimated
    estimate = Estimate(
        lines=tuple(line.as_calculated() for line in lines),
        terms=Terms(terms.valid_from, terms.flat_fee, terms.share_percent),
    )
    return estimated | {
        "annual_value": estimate.annual_value,
        "estimated_commission": estimate.commission(fields["commission_type"]),
        "estimate": freeze(estimate, fields["commission_type"]),
    }


def _path(status: str) -> tuple[Status, ...]:
    return {
        Status.SUBMITTED: (),
        Status.REJECTED: (Status.REJECTED,),
        Status.APPROVED: (Status.APPROVED,),
        Status.LOST: (Status.APPROVED, Status.LOST),
    }[Status(status)]


def _move(lead: Lead, status: Status) -> None:
    actor = User.objects.filter(is_staff=True).first() or StaffFactory()
    LeadEvent.objects.create(
        lead=lead,
        kind=LeadEvent.Kind.MOVED,
        from_status=lead.status,
        to_status=status,
        reason="" if status == Status.APPROVED else Reason.OTHER,
        at=lead.submitted_at,
        actor=actor,
    )
    _count(lead, -1)
    lead.status = status
    Lead.objects.filter(pk=lead.pk).update(status=status)
    _count(lead, +1)


def _count(lead: Lead, step: int) -> None:
    counter, _ = LeadCount.objects.get_or_create(partner=lead.partner, status=lead.status)
    LeadCount.objects.filter(pk=counter.pk).update(count=F("count") + step)
