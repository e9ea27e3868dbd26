"""Leads: drafts of them, leads themselves with their lines, and their history."""

from leads.models.count import LeadCount
from leads.models.draft import Draft, DraftTakeover
from leads.models.event import EventText, LeadEvent, PendingWinText
from leads.models.lead import Lead
from leads.models.line import DealLine

__all__ = [
    "DealLine",
    "Draft",
    "DraftTakeover",
    "EventText",
    "Lead",
    "LeadCount",
    "LeadEvent",
    "PendingWinText",
]
