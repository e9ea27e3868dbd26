"""Sales correct a lead's contact; each correction is a row of its history."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from leadportal.partners.models import User
from leads.deal import meets_criteria
from leads.fields import CORRECTABLE
from leads.models import EventText, Lead, LeadEvent


def correct(lead_id: int, corrected: dict[str, Any], actor: User) -> Lead:
    """Set the contact fields in `corrected` (already cleaned) and record what changed.

    Returns the lead; nothing is written if nothing differs. Raises PermissionDenied without
    `leads.correct_lead`, ValueError for a field that is not part of the contact.
    """
    if not actor.has_perm("leads.correct_lead"):
        raise PermissionDenied
    if not set(corrected) <= set(CORRECTABLE):
        raise ValueError(f"Only the contact can be corrected: {', '.join(CORRECTABLE)}.")
    with transaction.atomic():
        lead = Lead.objects.select_for_update().get(pk=lead_id)
        stored = {name: str(getattr(lead, name)) for name in corrected}
        changes = {
            name: [stored[name], value]
            for name, value in corrected.items()
            if stored[name] != value
        }
        if not changes:
            return lead
        at = timezone.now()
        for name, (_, value) in changes.items():
            setattr(lead, name, value)
        lead.changed_at = at
        lead.last_event += 1
        lead.refresh_search_text()
        # Whether the lead meets the criteria follows from the employees; the estimate stays.
        lead.meets_criteria = meets_criteria(lead.agents, lead.employees, lead.terms)
        # The history row first: the database refuses a change without it.
        event = LeadEvent.objects.create(
            lead=lead,
            number=lead.last_event,
            kind=LeadEvent.Kind.CORRECTED,
            from_status=lead.status,
            to_status=lead.status,
            fields=" ".join(sorted(changes)),
            at=at,
            actor=actor,
        )
        lead.save(
            update_fields=[
                *changes,
                "changed_at",
                "last_event",
                "search_text",
                "meets_criteria",
            ]
        )
        EventText.objects.create(event=event, changes=changes)
    return lead
