"""What an organization already has for a customer: a warning, never an error."""

import uuid
from dataclasses import dataclass

from leadportal.partners.models import User
from leads.models import Draft, Lead

# How many leads, and how many drafts, are named
NAMED = 3


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Leads and drafts for the same customer, the latest first, at most NAMED of each.

    `own_drafts` can be continued; `drafts_of_others` are teammates', which only they can open.
    `domain` or, where the form has none, `email` finds all of the leads.
    """

    leads: list[Lead]
    has_more_leads: bool
    own_drafts: list[Draft]
    drafts_of_others: list[Draft]
    sought: str

    def __bool__(self) -> bool:
        return bool(self.leads or self.own_drafts or self.drafts_of_others)


def duplicates(user: User, draft_id: uuid.UUID, domain: str, email: str) -> Duplicates:
    """Return what the user's organization has for this registrable domain or contact's address.

    Either may be "". The draft itself is left out. Two queries, none if both are "".
    """
    if not domain and not email:
        return Duplicates([], False, [], [], "")
    shown = ("reference", "company_name", "status", "submitted_at")
    leads = list(
        Lead.objects.visible_to(user)
        .of_customer(domain, email)
        .only(*shown)
        .order_by("-submitted_at", "-pk")[: NAMED + 1]
    )
    drafts = list(
        Draft.objects.of_organization(user)
        .of_customer(domain, email)
        .to_continue()
        .exclude(pk=draft_id)
        .without_answers()
        .select_related("author")[:NAMED]
    )
    return Duplicates(
        leads=leads[:NAMED],
        has_more_leads=len(leads) > NAMED,
        own_drafts=[draft for draft in drafts if draft.author_id == user.pk],
        drafts_of_others=[draft for draft in drafts if draft.author_id != user.pk],
        sought=domain or email,
    )
