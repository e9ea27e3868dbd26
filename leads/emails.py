"""Emails to partners and sales about leads, queued in the transaction of the change."""

from collections.abc import Sequence
from copy import copy

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.urls import reverse

from commissions import explanation
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.mail.subjects import named
from leadportal.partners.access import is_reachable, owners_by_partner
from leadportal.partners.models import User
from leads.facts import due, triage_facts
from leads.models import Lead
from leads.status import REASONS, UNDOINGS, Reason, Status
from leads.status_texts import fill, status_texts

# Who may see leads sees the emails about them
SHOWN_WITH = "leads.view_lead"


def submitted(lead: Lead) -> list[EmailMessage]:
    """Return, unsent, the receipt for the partner and the notice to sales.

    The lead may be unsaved.
    """
    receipt = {
        "lead": lead,
        "due": due(lead),
        "steps": explanation.steps(lead.estimate) if lead.estimate else [],
        "path": lead.get_absolute_url(),
    }
    notice = {
        "lead": lead,
        "facts": triage_facts(lead),
        "path": reverse("admin:leads_lead_by_reference", args=[lead.reference]),
    }
    return [
        compose("leads/mail/lead_submitted", receipt, to=lead.submitted_by.email),
        compose("leads/mail/lead_awaits_triage", notice, to=settings.SALES_EMAIL),
    ]


def send_decided(
    leads: Sequence[Lead], reason: str, message: str, *, is_undone: bool = False
) -> None:
    """Queue the emails about each decided lead to its `recipients`.

    `reason` is a code of `status.Reason` or "", `message` is what sales wrote; `is_undone` where
    the leads were won before.
    """
    messages = []
    for lead, people in recipients(leads, is_undone=is_undone):
        if people:
            first = decided(lead, reason, message, to=people[0].email, is_undone=is_undone)
            messages += [first, *(_to(first, person) for person in people[1:])]
    outbox.queue(messages, shown_with=SHOWN_WITH)


def recipients(leads: Sequence[Lead], *, is_undone: bool = False) -> list[tuple[Lead, list[User]]]:
    """Return each lead with the people who get its partner's emails, each person once.

    That is the person who submitted it, or the owners if that person is inactive or has left the
    organization. A status can add the owners (`Definition.emails_owners`), and so does undoing a
    win. One query, or none.
    """

    def concerns_owners(lead: Lead) -> bool:
        is_for_owners = is_undone or Status(lead.status).definition.emails_owners
        return is_for_owners or not is_reachable(lead.submitted_by, lead.partner_id)

    owners = owners_by_partner({lead.partner_id for lead in leads if concerns_owners(lead)})
    found = []
    for lead in leads:
        people = [lead.submitted_by] if is_reachable(lead.submitted_by, lead.partner_id) else []
        people += owners[lead.partner_id] if concerns_owners(lead) else []
        found.append((lead, list(dict.fromkeys(people))))
    return found


def _to(message: EmailMultiAlternatives, person: User) -> EmailMultiAlternatives:
    """Return the same email addressed to somebody else."""
    other = copy(message)
    other.to = [person.email]
    return other


def decided(
    lead: Lead,
    reason: str,
    message: str,
    *,
    to: str,
    no_reason_yet: str = "",
    is_undone: bool = False,
) -> EmailMultiAlternatives:
    """Return, unsent, the email about the lead's status, which its definition words.

    `no_reason_yet` stands for a reason that has not been chosen, in a preview.
    """
    status = Status(lead.status)
    definition = UNDOINGS[status].definition if is_undone else status.definition
    label = Reason(reason).label if reason else no_reason_yet if lead.status in REASONS else ""
    credit = lead.current_credit
    context = {
        "lead": lead,
        "subject": fill(definition.email_subject, lead, company=named(lead.company_name)),
        "heading": fill(definition.email_heading, lead),
        "opening": fill(definition.email_text, lead),
        "reason": label,
        "steps": explanation.steps(credit.latest.explanation) if credit else [],
        "available_from": credit.available_from if credit else None,
        "message": message,
        "next_step": status_texts(lead, reason).next_step,
        "link": definition.link,
    }
    return compose("leads/mail/lead_decided", context, to=to)
