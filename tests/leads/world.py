"""Everything that the doors of a lead can write, to compare before and after."""

from typing import Any

from django.core import mail
from django.db.models import QuerySet

from commissions.models import Account, LedgerEntry
from leads.decisions import Decision
from leads.models import DealLine, Draft, EventText, Lead, LeadCount, LeadEvent
from leads.status import REASONS, Status
from tests.leads.answers import plan

TABLES = (Draft, Lead, DealLine, LeadEvent, EventText, LeadCount, LedgerEntry, Account)


def world() -> list[Any]:
    """Return every row that submitting, deciding or correcting could have written, and the mail."""
    rows = [list(table.objects.order_by("pk").values()) for table in TABLES]
    return [*rows, [message.subject for message in mail.outbox]]


def one(lead: Lead) -> QuerySet[Lead]:
    """Return the set of this one lead."""
    return Lead.objects.filter(pk=lead.pk)


def decision(to: str, **changes: Any) -> Decision:
    """Return a decision that lacks nothing; a win is of 5 agents of LiveChat Business."""
    whole: dict[str, Any] = {
        "to": to,
        "message": "A sentence.",
        "note": "Between us.",
        "reason": REASONS.get(to, ("",))[0],
    }
    if to == Status.WON:
        business = plan("livechat", "business")
        whole["lines"] = [{"plan": business, "agents": 5, "billing_cycle": "annual"}]
    return Decision(**whole | changes)
