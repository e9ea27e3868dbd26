"""What partners and sales are told, queued in the transaction of the change it tells of."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from commissions import explanation
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leads.facts import due, triage_facts
from leads.models import Lead, LeadEvent
from leads.status import Status


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


def send_decided(leads: Sequence[Lead], events: Sequence[LeadEvent], message: str) -> None:
    """Queue one mail for each moved lead to the person who submitted it; `message` is theirs."""
    outbox.queue(
        [
            compose(
                f"leads/mail/lead_{lead.status}",
                decided_context(lead, event.get_reason_display(), message),
                to=lead.submitted_by.email,
            )
            for lead, event in zip(leads, events, strict=True)
        ]
    )


def decided_context(lead: Lead, reason: str, message: str) -> dict[str, object]:
    """Return what the templates of a decision's mail name; on Won, how the credit came about."""
    context: dict[str, object] = {"lead": lead, "reason": reason, "message": message}
    if lead.status == Status.WON and lead.credit is not None:
        context["steps"] = explanation.steps(lead.credit.explanation)
    return context
