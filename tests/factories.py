"""The smallest whole things the tests need; a test names only what it is about.

Plans, prices and terms are not made here: every new database has the seeded ones.
"""

from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from commissions.calculator import CommissionType, Estimate
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from commissions.explanation import Signing, freeze, freeze_credit
from commissions.ledger import posting
from leadportal.partners.models import Partner, User
from leads import deal
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import Employees, Source, business_day_after
from leads.status import REASONS, TRANSITIONS, Reason, Status

PASSWORD = "correct horse battery"

# The examples of the vendor's page: product, plan, agents
BUSINESS_5 = (("livechat", "business", 5),)
BUNDLE_5 = (("livechat", "business", 5), ("helpdesk", "team", 5))


def _paths() -> dict[str, tuple[str, ...]]:
    """Return by which decisions a lead reaches each status, the shortest way."""
    paths: dict[str, tuple[str, ...]] = {Status.SUBMITTED: ()}
    reached: list[str] = [Status.SUBMITTED]
    for status in reached:  # grows as statuses are found
        for to in TRANSITIONS[status]:
            if to not in paths:
                paths[to] = (*paths[status], to)
                reached.append(to)
    return paths


PATHS = _paths()


class PartnerFactory(factory.django.DjangoModelFactory):
    """An organization with a domain of its own."""

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


def olivia() -> User:
    """The owner of Brightside Consulting, as the fixture `partner_user` makes her."""
    return UserFactory(
        partner__name="Brightside Consulting",
        partner__domain="brightside.example",
        email="owner@brightside.example",
        name="Olivia Owner",
    )


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
    """A complete lead from the form: lines, frozen estimate, agreements, first event and counter.

    `lines` are (product code, plan code, agents) or the same with a billing cycle. `status` is
    reached by allowed decisions, each with its event (without texts and email), a win with its
    final lines and its credit. Another `source` leaves out what it does not require.
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
    @transaction.atomic
    def _create(cls, model_class: type[Lead], *args: Any, **fields: Any) -> Lead:
        status = Status(fields.pop("status", Status.SUBMITTED))
        of_form = fields["source"] == Source.FORM
        chosen = _chosen(fields.pop("lines", BUSINESS_5 if of_form else ()))
        if not of_form:
            fields |= {"lead_is_informed_at": None, "region": "", "employees": ""}
        if fields["source"] == Source.IMPORT:
            fields |= {"accepts_requirements_at": None, "agreed_by": None}
        day = timezone.localdate(fields["submitted_at"])
        estimate = deal.estimate(chosen, fields["terms"], day)
        lead = model_class(**(_estimated(estimate, fields) | fields))
        lead.refresh_search_text()
        lead.save(force_insert=True)
        DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, chosen, estimate)
        LeadEvent.objects.create(
            lead=lead,
            number=1,
            kind=LeadEvent.Kind.SUBMITTED,
            to_status=Status.SUBMITTED,
            at=lead.submitted_at,
            actor=lead.submitted_by,
        )
        for step in PATHS[status]:
            _move(lead, step, chosen)
        LeadCount.objects.add({(lead.partner_id, status): +1})
        return lead


def _chosen(lines: Any) -> list[Choice]:
    plans = Plan.objects.select_related("product")
    return [
        Choice(
            plans.get(product__code=product, code=code),
            agents,
            cycle[0] if cycle else BillingCycle.ANNUAL,
        )
        for product, code, agents, *cycle in lines
    ]


def _estimated(estimate: Estimate, fields: dict[str, Any]) -> dict[str, Any]:
    agents = deal.total_agents(estimate.lines)
    estimated = {
        "agents": agents,
        "meets_criteria": deal.meets_criteria(agents, fields["employees"], fields["terms"]),
    }
    if estimate.lines:
        estimated["estimate"] = freeze(estimate, fields["commission_type"])
        estimated["estimate_is_complete"] = estimate.is_complete
    if any(line.is_priced for line in estimate.lines):
        estimated["annual_value"] = estimate.annual_value
        estimated["estimated_commission"] = estimate.commission(fields["commission_type"])
    return estimated


def _move(lead: Lead, status: Status, chosen: list[Choice]) -> None:
    actor = User.objects.filter(is_staff=True).first() or StaffFactory()
    changes = {}
    if status == Status.WON:
        final = deal.estimate(chosen, lead.terms, timezone.localdate(lead.submitted_at))
        DealLine.objects.add(lead, DealLine.Stage.FINAL, chosen, final)
        changes["credit"] = posting.credit(
            lead.partner,
            reference=lead.reference,
            amount=final.commission(lead.commission_type),
            explanation=freeze_credit(
                final, lead.commission_type, Signing(timezone.localdate(), timezone.localdate())
            ),
            text=f"{lead.reference}: {final.words(lead.commission_type)}",
            actor=actor,
        )
    follow(lead, status, actor, **changes)


def follow(lead: Lead, status: str, actor: User, **changes: Any) -> None:
    """Write the history row of a move and let the lead follow it, unchecked."""
    with transaction.atomic():
        LeadEvent.objects.create(
            lead=lead,
            number=lead.last_event + 1,
            kind=LeadEvent.Kind.MOVED,
            from_status=lead.status,
            to_status=status,
            reason=Reason.OTHER if status in REASONS else "",
            at=lead.changed_at,
            actor=actor,
        )
        changes |= {"status": status, "last_event": lead.last_event + 1}
        Lead.objects.filter(pk=lead.pk).update(**changes)
    for name, value in changes.items():
        setattr(lead, name, value)
