"""Entries for the tests, posted through the ledger's own door."""

from datetime import date
from decimal import Decimal

from commissions import explanation
from commissions.calculator import Estimate, Line, Terms
from commissions.ledger import posting
from leads.status import Status
from tests.factories import LeadFactory, follow

TERMS = Terms(date(2023, 1, 1), Decimal("500.00"), Decimal("10.00"))


def deal(agents):
    """LiveChat Business for so many agents: 5 earn a share of $354.00."""
    line = Line("LiveChat Business", agents, "annual", Decimal("59.00"), date(2023, 1, 1))
    return Estimate((line,), TERMS)


def credit(partner, actor, reference="LD-7KQ2M9XA", agents=5, **fields):
    estimate = deal(agents)
    return posting.credit(
        partner,
        **{
            "reference": reference,
            "explanation": explanation.freeze(estimate, "rev_share"),
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
    lead.refresh_from_db()
    return lead
