"""One lead on one screen: the facts that decide, its history, and what can be done with it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from commissions import explanation
from commissions.calculator import CommissionType, Estimate
from commissions.catalog.models import BillingCycle
from leadportal.partners.suspension import with_suspension
from leads import pending_wins
from leads.facts import facts, history
from leads.fields import Page
from leads.models import Lead, LeadCount
from leads.models.lead import LeadQuerySet
from leads.same_domain import same_domain
from leads.status import DECISIONS, TRANSITIONS, Status
from leads.submission.mailboxes import email_warning
from leads.triage import columns


@dataclass(frozen=True, slots=True)
class Sum:
    """One commission type: its sum in words, whether the partner chose it, whether it pays more."""

    label: str
    words: str
    is_chosen: bool
    is_better: bool


def with_everything(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Return the leads with everything that a lead's own pages show. One query."""
    assert isinstance(leads, LeadQuerySet)  # noqa: S101 - the admin gives no other
    leads = leads.with_approval().annotate(refused_win=pending_wins.refused_win())
    leads = with_suspension(leads, "partner")
    return leads.select_related("partner", "submitted_by", "agreed_by", "terms")


def context(
    lead: Lead,
    *,
    may_decide: bool,
    may_correct: bool,
    may_undo: bool,
    may_reverse: bool,
    may_see_entries: bool,
) -> dict[str, Any]:
    """Return what the change page shows of a lead that came by `with_everything`."""
    estimate = explanation.thaw(lead.estimate) if lead.estimate else None
    happened = history(lead)
    credit = lead.current_credit
    return {
        "lead": lead,
        "original": lead,
        "decisions": decisions(lead) if may_decide else [],
        "may_correct": may_correct,
        "may_undo": may_undo and credit is not None and credit.reversal is not None,
        "reversible": credit.latest if may_reverse and credit and not credit.reversal else None,
        "may_see_entries": may_see_entries,
        "age": columns.age_in_words(timezone.now() - lead.submitted_at),
        "criteria": columns.criteria(lead),
        "facts": facts(lead, Page.CONTACT),
        "email_warning": email_warning(lead.contact_email, lead.domain),
        "choices": facts(lead, Page.AGREEMENTS),
        "estimate": estimate,
        "sums": sums(estimate, lead.commission_type) if estimate else [],
        "lines": [(line, BillingCycle(line.billing_cycle).label) for line in estimate.lines]
        if estimate
        else [],
        "credit": credit,
        "explained": credit.latest.explained if credit else None,
        "agents": columns.agents(lead),
        "annual_value": columns.deal_value(lead),
        "history": happened,
        "others": same_domain(lead),
        "track_record": track_record(lead),
    }


def decisions(lead: Lead) -> list[tuple[Status, str]]:
    """Return the decisions that the lead's status allows, each with its page's URL."""
    return [
        (to, reverse(f"admin:leads_lead_{to.definition.slug}", args=[lead.pk]))
        for to in DECISIONS
        if to in TRANSITIONS[lead.status]
        # A win that awaits approval is decided on the page of its request.
        and not (to == Status.WON and getattr(lead, "pending_win", None))
    ]


def sums(estimate: Estimate, chosen: str) -> list[Sum]:
    """Return both commissions of the estimate as it was frozen at submission."""
    is_known = any(line.is_priced for line in estimate.lines)
    return [
        Sum(
            label=type_.label,
            words=estimate.words(type_)
            if is_known or type_ is CommissionType.FLAT_FEE
            else "priced per deal",
            is_chosen=type_ == chosen,
            is_better=estimate.better is type_,
        )
        for type_ in CommissionType
    ]


def track_record(lead: Lead) -> list[tuple[str, int]]:
    """Return how many leads the partner has in each status, including this one."""
    counts = dict(LeadCount.objects.filter(partner=lead.partner_id).values_list("status", "count"))
    return [(label, counts[code]) for code, label in Status.choices if counts.get(code)]
