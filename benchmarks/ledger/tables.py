"""The tables that the invented books are written into, with what all of their rows share."""

from benchmarks.ledger.copying import Table
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.chain import Row
from commissions.ledger.models import LedgerEntry
from commissions.payouts.models import Withdrawal, WithdrawalEvent
from leads.models import DealLine, Lead, LeadEvent
from leads.status import Status


def tables(terms: CommissionTerms) -> dict[str, Table]:
    """Return the tables in the order in which they refer to each other."""
    lead = Lead(
        source="api",
        status=Status.WON,
        last_event=3,
        first_name="Anna",
        last_name="Lindqvist",
        terms=terms,
        meets_criteria=True,
    )
    return {
        "entry": Table(LedgerEntry(), "id", *Row._fields),
        "lead": Table(
            lead,
            "id",
            "credit_id",
            "reference",
            "partner_id",
            "submitted_by_id",
            "submitted_at",
            "changed_at",
            "decision_due",
            "company_name",
            "domain",
            "contact_email",
            "commission_type",
        ),
        "event": Table(
            LeadEvent(), "lead_id", "number", "kind", "from_status", "to_status", "at", "actor_id"
        ),
        "line": Table(
            DealLine(stage=DealLine.Stage.FINAL),
            "lead_id",
            "position",
            "plan_id",
            "agents",
            "billing_cycle",
            "monthly_price",
            "price_from",
        ),
        "withdrawal": Table(
            Withdrawal(),
            "id",
            "number",
            "account_id",
            "amount",
            "billing_id",
            "entry_id",
            "requested_at",
            "requested_by_id",
            "status",
            "return_entry_id",
            "returned_at",
            "returned_by_id",
            "return_reason",
            "last_event",
        ),
        "step": Table(
            WithdrawalEvent(),
            "withdrawal_id",
            "number",
            "from_status",
            "to_status",
            "at",
            "actor_id",
            "evidence",
        ),
    }
