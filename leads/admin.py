"""Where Django finds the app's admin class."""

from leads.triage.admin import LeadAdmin

__all__ = ["LeadAdmin"]
