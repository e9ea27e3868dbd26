"""Entries for the tests, posted through the ledger's own door."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils import timezone

from commissions import explanation
from commissions.calculator import Estimate, Line, Terms
from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import posting
from leads.models import LeadCount
from leads.status import Status
from tests.factories import LeadFactory, follow

TERMS = Terms(date(2023, 1, 1), Decimal("500.00"), Decimal("10.00"))


def deal(agents, holding_days=0):
    """LiveChat Business for so many agents: 5 earn a share of $354.00."""
    line = Line("LiveChat Business", agents, "annual", Decimal("59.00"), date(2023, 1, 1))
    return Estimate((line,), replace(TERMS, holding_days=holding_days))


def new_terms(valid_from=date(2023, 1, 2), **changes):
    """Add terms from a day on, by default the day after the seeded ones, with `changes`."""
    terms = CommissionTerms.objects.latest("valid_from")
    terms.pk, terms._state.adding = None, True
    for name, value in {"valid_from": valid_from, **changes}.items():
        setattr(terms, name, value)
    terms.save()
    return terms


def in_catalog(estimate):
    """The same with the ids of its plans."""
    ids = {str(plan): plan.pk for plan in Plan.objects.with_products()}
    lines = tuple(replace(line, plan_id=ids.get(line.plan)) for line in estimate.lines)
    return replace(estimate, lines=lines)


def frozen(estimate, commission_type="rev_share", day=None):
    """The explanation of a credit for a deal that is signed and credited on one day, today's."""
    day = day or timezone.localdate()
    return explanation.freeze_credit(estimate, commission_type, explanation.Signing(day, day))


def credit(partner, actor, reference="LD-7KQ2M9XA", agents=5, holding_days=0, **fields):
    estimate = deal(agents, holding_days)
    return posting.credit(
        partner,
        **{
            "reference": reference,
            "explanation": fields.get("explanation") or frozen(in_catalog(estimate)),
            "amount": estimate.rev_share,
            "text": "Commission for Nordwind Retail",
            "actor": actor,
            **fields,
        },
    )


def won_lead(partner_user, actor, **fields):
    """A won lead of the partner's, with its credit of $354.00."""
    lead = LeadFactory(
        partner=partner_user.partner, submitted_by=partner_user, status=Status.APPROVED, **fields
    )
    entry = credit(partner_user.partner, actor, lead.reference, label=lead.company_name)
    follow(lead, Status.WON, actor, credit=entry)
    LeadCount.objects.add(
        {(lead.partner_id, Status.APPROVED): -1, (lead.partner_id, Status.WON): 1}
    )
    lead.refresh_from_db()
    return lead
