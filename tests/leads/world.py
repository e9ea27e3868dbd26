"""Everything that the doors of a lead can write, to compare before and after."""

from typing import Any

from django.core import mail
from django.db.models import QuerySet

from commissions.catalog.price_list import Choice
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db.groups import SALES
from leads.decisions import Decision
from leads.models import DealLine, Draft, EventText, Lead, LeadCount, LeadEvent
from leads.status import REASONS, Status
from tests.factories import LeadFactory, StaffFactory, olivia
from tests.leads.answers import plan

TABLES = (Draft, Lead, DealLine, LeadEvent, EventText, LeadCount, LedgerEntry, Account)


def world() -> list[Any]:
    """Return every row that submitting, deciding or correcting could have written, and the mail."""
    rows = [list(table.objects.order_by("pk").values()) for table in TABLES]
    return [*rows, [message.subject for message in mail.outbox]]


def owner_with_each_status() -> dict[str, Any]:
    """Return an organization's owner, one of sales, and a lead of the owner's by each status."""
    owner = olivia()
    return {
        "owner": owner,
        "sales": StaffFactory(name="Sally Sales", groups=(SALES,)),
        "leads": {
            status: LeadFactory(
                partner=owner.partner,
                submitted_by=owner,
                status=status,
                company_name="Nordwind Retail",
            )
            for status in Status
        },
    }


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
        whole["lines"] = [Choice(business, 5, "annual")]
    return Decision(**whole | changes)


def row(
    product: str, code: str, agents: int | None = None, cycle: str = "annual", **agreed: Any
) -> Choice:
    """Return a final line; `agreed` is `agreed_price` or `agreed_annual`."""
    return Choice(plan(product, code), agents, cycle, **agreed)


def win(lines: Any, **more: Any) -> Decision:
    """Return a win of these lines, (product code, plan code, agents) or the same with a cycle."""
    return won_with(*(row(*line) for line in lines), **more)


def won_with(*rows: Choice, **more: Any) -> Decision:
    """Return a win of these final lines."""
    return Decision(to=Status.WON, message="Signed today.", lines=rows, **more)
