"""Emails to partners and sales about leads, queued in the transaction of the change."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.urls import reverse

from commissions import explanation
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leads.facts import due, triage_facts
from leads.models import Lead
from leads.status import REASONS, UNDOINGS, Reason, Status
from leads.status_texts import fill, status_texts

# Who may see leads sees the emails about them
SHOWN_WITH = "leads.view_lead"


def submitted(lead: Lead) -> list[EmailMessage]:
    """Return, unsent, the receipt to the partner and the notice to sales.

    The lead may be one that is not written yet.
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
    """Queue one email for each decided lead to the person who submitted it.

    `reason` is a code of `status.Reason` or "", `message` is what sales wrote; `is_undone` where
    the leads were won before.
    """
    outbox.queue(
        [decided(lead, reason, message, is_undone=is_undone) for lead in leads],
        shown_with=SHOWN_WITH,
    )


def decided(
    lead: Lead, reason: str, message: str, *, no_reason_yet: str = "", is_undone: bool = False
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
        "subject": fill(definition.email_subject, lead),
        "heading": fill(definition.email_heading, lead),
        "opening": fill(definition.email_text, lead),
        "reason": label,
        "steps": explanation.steps(credit.latest.explanation) if credit else [],
        "available_from": credit.available_from if credit else None,
        "message": message,
        "next_step": status_texts(lead, reason).next_step,
        "link": definition.link,
    }
    return compose("leads/mail/lead_decided", context, to=lead.submitted_by.email)
