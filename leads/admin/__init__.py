"""Sales' triage in Django's admin: the queue, one lead on one screen, and the moves it allows."""

from leads.admin.lead import LeadAdmin

__all__ = ["LeadAdmin"]
