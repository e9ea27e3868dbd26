"""Decides leads: the only code that changes a lead's status. One lead is a set of one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from commissions import explanation
from commissions.calculator import CalculationError, Estimate
from commissions.catalog.price_list import Choice, NotPayable, require_payable
from commissions.ledger import posting
from commissions.ledger.credits import CurrentCredit
from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import User
from leads import deal, emails
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent
from leads.status import REASONS, TRANSITIONS, Status


class DecisionError(ValueError):
    """The decision is incomplete; the message is for the person who made it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: the new status, a message for the partner, a note for staff.

    `reason` is a code of REASONS, required for Rejected and Lost. `lines` are the final lines of a
    win.
    """

    to: str
    message: str
    note: str = ""
    reason: str = ""
    lines: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one lead: decided, or `problem` says why not."""

    lead: Lead
    problem: str = ""

    @property
    def moved(self) -> bool:
        return not self.problem


def decide(leads: QuerySet[Lead], decision: Decision, actor: User) -> list[Outcome]:
    """Decide each of `leads` on its own and return an outcome for each.

    One transaction: status, history, counters, the credit of a win and the queued emails commit
    together or not at all. The rows are locked in one order, so whoever comes second reads who
    decided what and when. Raises PermissionDenied without `leads.decide_lead`, DecisionError where
    the decision is incomplete or wins several leads at once, LedgerError where nothing can be
    posted to the account.
    """
    if not actor.has_perm("leads.decide_lead"):
        raise PermissionDenied
    _require_complete(decision)
    with transaction.atomic():
        # By id: a filter by status would run again under the lock and drop leads decided meanwhile.
        chosen = Lead.objects.filter(pk__in=list(leads.values_list("pk", flat=True)))
        rows = list(
            chosen.select_related("partner", "submitted_by", "terms")
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        if decision.to == Status.WON and len(rows) > 1:
            raise DecisionError("Leads are won one at a time: each has its own final lines.")
        at = timezone.now()
        movable = [lead for lead in rows if decision.to in TRANSITIONS[lead.status]]
        problems = why_not(
            [lead for lead in rows if decision.to not in TRANSITIONS[lead.status]], decision.to
        )
        if movable:
            _move(movable, decision, actor, at)
    return [Outcome(lead, problems.get(lead.pk, "")) for lead in rows]


def why_not(leads: list[Lead], to: str) -> dict[int, str]:
    """Return by lead's id why it does not become `to`, such as who decided it first."""
    problems = {
        lead.pk: f"{lead.get_status_display()} leads cannot become "
        f"{Status(to).label}. Nothing was changed."
        for lead in leads
    }
    moves = LeadEvent.objects.filter(lead__in=leads, kind=LeadEvent.Kind.MOVED)
    for event in moves.select_related("actor").order_by("number"):
        when = date_format(timezone.localtime(event.at), "j M Y, H:i")
        problems[event.lead_id] = (
            f"Already decided: {event.get_to_status_display()}, by {event.actor} on {when}. "
            "Nothing was changed."
        )
    return problems


def price_win(lead: Lead, lines: Sequence[Choice], day: date) -> Estimate:
    """Return what the final lines of a win are worth and pay, in US dollars.

    By the price list of `day`, the day it is won, and the terms of the day the lead was submitted:
    what was promised is kept. Raises DecisionError where a line has no price or no meaning, where a
    plan is in two lines, or where the commission would be $0.00.
    """
    plans = Counter(line.plan for line in lines)
    for plan, count in plans.items():
        if count > 1:
            raise DecisionError(f"{plan} is in {count} lines. Combine them into one.")
    try:
        estimate = deal.estimate(lines, lead.terms, day)
        require_payable(estimate, lead.commission_type)
    except (CalculationError, NotPayable) as error:
        raise DecisionError(str(error)) from error
    return estimate


def _require_complete(decision: Decision) -> None:
    if decision.to not in Status.values:
        raise DecisionError(f"There is no status “{decision.to}”.")
    if not decision.message.strip():
        raise DecisionError("Write a message to the partner.")
    if decision.to not in REASONS and decision.reason:
        raise DecisionError(f"{Status(decision.to).label} does not take a reason. Remove it.")
    if decision.reason not in REASONS.get(decision.to, ("",)):
        raise DecisionError("Choose a reason.")


def _move(leads: list[Lead], decision: Decision, actor: User, at: datetime) -> None:
    changes: dict[str, Any] = {"status": decision.to, "changed_at": at}
    if decision.to == Status.WON:
        changes["credit"] = _credit(leads[0], decision, actor, at)
    moved = Lead.objects.filter(pk__in=[lead.pk for lead in leads]).filter(
        status__in={lead.status for lead in leads}
    )
    counts: Counter[tuple[int, str]] = Counter()
    events = []
    for lead in leads:
        counts[lead.partner_id, lead.status] -= 1
        counts[lead.partner_id, decision.to] += 1
        events.append(
            LeadEvent(
                lead=lead,
                number=lead.last_event + 1,
                kind=LeadEvent.Kind.MOVED,
                from_status=lead.status,
                to_status=decision.to,
                reason=decision.reason,
                at=at,
                actor=actor,
            )
        )
    # History first: the database refuses a new status without its history row.
    LeadEvent.objects.bulk_create(events)
    moved.update(last_event=F("last_event") + 1, **changes)
    for lead in leads:
        lead.last_event += 1
        for name, value in changes.items():
            setattr(lead, name, value)
        if "credit" in changes:
            lead.current_credit = CurrentCredit((changes["credit"],))
    EventText.objects.bulk_create(
        EventText(event=event, message=decision.message.strip(), note=decision.note.strip())
        for event in events
    )
    LeadCount.objects.add(counts)
    emails.send_decided(leads, decision.reason, decision.message.strip())


def _credit(lead: Lead, decision: Decision, actor: User, at: datetime) -> LedgerEntry:
    estimate = price_win(lead, decision.lines, timezone.localdate(at))
    DealLine.objects.add(lead, DealLine.Stage.FINAL, decision.lines, estimate)
    return posting.credit(
        lead.partner,
        reference=lead.reference,
        label=lead.company_name,
        amount=estimate.commission(lead.commission_type),
        explanation=explanation.freeze(estimate, lead.commission_type),
        text=estimate.words(lead.commission_type),
        actor=actor,
    )
