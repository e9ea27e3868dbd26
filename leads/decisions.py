"""Decides leads: the only code that changes a lead's status. One lead is a set of one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from commissions import explanation
from commissions.calculator import CalculationError, Estimate
from commissions.catalog.price_list import (
    Choice,
    NotPayable,
    require_payable,
    restored,
    small_deal_warning,
)
from commissions.explanation import Signing
from commissions.ledger import posting
from commissions.ledger.credits import CurrentCredit, entries_of
from commissions.ledger.errors import LedgerError
from commissions.ledger.models import LedgerEntry
from leadportal.approvals import decisions as approvals
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.models import User
from leadportal.ui.formats import date_and_time, day_in_words
from leads import deal, emails, pending_wins
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent, PendingWinText
from leads.same_domain import same_domain
from leads.status import REASONS, TRANSITIONS, UNDOINGS, Status


class DecisionError(ValueError):
    """The decision is incomplete; the message is for the person who made it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: the new status, a message for the partner, a note for staff.

    `reason` is a code of REASONS, required for Rejected and Lost. `lines` are the final lines of a
    win, `signed_on` is the day the customer signed (None: today), and `zero_reason` says why a
    fixed fee is paid for something worth $0.00.
    """

    to: str
    message: str
    note: str = ""
    reason: str = ""
    lines: Sequence[Choice] = ()
    signed_on: date | None = None
    zero_reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one lead: decided, or `problem` says why not.

    A win that needs a second person is not decided yet: `request` awaits approval.
    """

    lead: Lead
    problem: str = ""
    request: Approval | None = None

    @property
    def moved(self) -> bool:
        return not self.problem and self.request is None


def decide(leads: QuerySet[Lead], decision: Decision, actor: User) -> list[Outcome]:
    """Decide each of `leads` on its own and return an outcome for each.

    One transaction: status, history, counters, the credit of a win and the queued emails commit
    together or not at all. A win that needs a second person is requested instead of posted (see
    `pending_wins.why_second_person`); another decision about the lead cancels that request. The
    rows are locked in one order, so whoever comes second reads who decided what and when. Raises
    PermissionDenied without `leads.decide_lead`, DecisionError where the decision is incomplete or
    wins several leads at once, LedgerError where nothing can be posted to the account.
    """
    if not actor.has_perm("leads.decide_lead"):
        raise PermissionDenied
    _require_complete(decision)
    with transaction.atomic():
        rows = _locked(leads, decision.to)
        if decision.to == Status.WON and len(rows) > 1:
            raise DecisionError("Leads are won one at a time: each has its own final lines.")
        at = timezone.now()
        movable = [lead for lead in rows if decision.to in TRANSITIONS[lead.status]]
        problems = why_not(
            [lead for lead in rows if decision.to not in TRANSITIONS[lead.status]], decision.to
        )
        if movable and decision.to == Status.WON:
            return [_win(movable[0], decision, actor, at)]
        if movable:
            winnable = [
                lead.reference for lead in movable if Status.WON in TRANSITIONS[lead.status]
            ]
            _move(movable, decision, actor, at)
            approvals.close(
                winnable, actor, f"The lead became {Status(decision.to).label} in the meantime."
            )
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
        when = date_and_time(event.at)
        problems[event.lead_id] = (
            f"Already decided: {event.get_to_status_display()}, by {event.actor} on {when}. "
            "Nothing was changed."
        )
    return problems


def undo_win(lead_id: int, decision: Decision, actor: User) -> Lead:
    """Take back the status of a won lead whose credit is reversed, and return the lead.

    `decision.to` is Lost, or Approved where it was marked as won by mistake; then it can be won
    again. One transaction, as `decide`. Raises PermissionDenied without `leads.undo_win`,
    DecisionError where the decision is incomplete, the lead is not won, or its credit stands.
    """
    if not actor.has_perm("leads.undo_win"):
        raise PermissionDenied
    _require_complete(decision)
    if decision.to not in UNDOINGS:
        raise DecisionError(f"A won lead cannot become {Status(decision.to).label}.")
    with transaction.atomic():
        locked = Lead.objects.select_for_update(of=("self",))
        lead = locked.select_related("partner", "submitted_by", "terms").get(pk=lead_id)
        if lead.status != Status.WON:
            raise DecisionError(why_not([lead], decision.to)[lead.pk])
        posting.locked_account(lead.partner)
        if not (lead.current_credit and lead.current_credit.reversal):
            raise DecisionError(f"The commission of {lead} stands. Reverse it first.")
        _move([lead], decision, actor, timezone.now())
        # A correction of its commission may have been requested.
        approvals.close([lead.reference], actor, "The win was undone in the meantime.")
    return lead


def price_win(lead: Lead, lines: Sequence[Choice], day: date, zero_reason: str = "") -> Estimate:
    """Return what the final lines of a win are worth and pay, in US dollars.

    By the price list of `day`, on which the customer signed, and the terms of the day the lead was
    submitted: what was promised is kept. Raises DecisionError where a line has no price or no
    meaning, where a plan is in two lines, where the commission would be $0.00, or where the fixed
    fee would be paid for something worth $0.00 without a `zero_reason`.
    """
    plans = Counter(line.plan for line in lines)
    for plan, count in plans.items():
        if count > 1:
            raise DecisionError(f"{plan} is in {count} lines. Combine them into one.")
    try:
        estimate = deal.estimate(lines, lead.terms, day)
        require_payable(estimate, lead.commission_type, zero_reason)
    except (CalculationError, NotPayable) as error:
        raise DecisionError(str(error)) from error
    return estimate


def day_of_signing(lead: Lead, signed_on: date | None, today: date) -> date:
    """Return the day the customer of a win signed, `today` where none is given.

    Raises DecisionError for a day in the future or before the lead was approved.
    """
    signed_on = signed_on or today
    if signed_on > today:
        raise DecisionError("The signing date is in the future. Enter today or an earlier day.")
    approved_on = lead.approved_on
    if approved_on and signed_on < approved_on:
        raise DecisionError(
            f"The lead was approved on {day_in_words(approved_on)}. Enter this day or a later one."
        )
    return signed_on


def _require_complete(decision: Decision) -> None:
    if decision.to not in Status.values:
        raise DecisionError(f"There is no status “{decision.to}”.")
    if not decision.message.strip():
        raise DecisionError("Write a message to the partner.")
    if decision.to not in REASONS and decision.reason:
        raise DecisionError(f"{Status(decision.to).label} does not take a reason. Remove it.")
    if decision.reason not in REASONS.get(decision.to, ("",)):
        raise DecisionError("Choose a reason.")


class Win(Kind):
    """A win that one person may not enter alone."""

    slug = pending_wins.SLUG
    label = "Win"
    permission = "leads.decide_lead"
    template_name = "admin/leads/_pending_win.html"

    def details(self, approval: Approval) -> dict[str, Any]:
        """Return the lead, the lines in words, the customer's other leads, and what was written."""
        text = PendingWinText.objects.filter(approval=approval)
        leads = Lead.objects.select_related("partner", "terms").annotate(
            win_message=Subquery(text.values("message")), win_note=Subquery(text.values("note"))
        )
        lead = leads.get(pk=approval.data["lead"])
        return {
            "lead": lead,
            "signed_on": date.fromisoformat(approval.data["signed_on"]),
            "estimate": explanation.thaw(approval.data["explanation"]),
            "warnings": approval.data["warnings"],
            "zero_reason": approval.data["zero_reason"],
            "others": same_domain(lead),
        }

    def on_approved(self, approval: Approval, actor: User, at: datetime) -> None:
        """Win the lead as requested. Raises Refused where the amount would be another."""
        [lead] = _locked(Lead.objects.filter(pk=approval.data["lead"]), Status.WON)
        if Status.WON not in TRANSITIONS[lead.status]:
            raise approvals.Refused(why_not([lead], Status.WON)[lead.pk])
        text = PendingWinText.objects.filter(approval=approval).first() or PendingWinText()
        try:
            lines = restored(approval.data["lines"])
            signed_on = date.fromisoformat(approval.data["signed_on"])
            estimate = price_win(lead, lines, signed_on, approval.data["zero_reason"])
            amount = estimate.commission(lead.commission_type)
            approved = approval.amount or Decimal(0)
            if amount != approved:
                raise approvals.Refused(
                    f"The commission would be {usd(amount)} now, not {usd(approved)}. "
                    "Decline this request; the win can then be entered again."
                )
            decision = Decision(
                Status.WON,
                text.message,
                text.note,
                lines=lines,
                signed_on=signed_on,
                zero_reason=approval.data["zero_reason"],
            )
            _move([lead], decision, approval.requested_by, at, estimate, approval)
        except (DecisionError, NotPayable, LedgerError) as error:
            raise approvals.Refused(str(error)) from error
        # The words are those of the event now.
        PendingWinText.objects.filter(approval=approval).delete()


WIN = Win()


def _locked(leads: QuerySet[Lead], to: str) -> list[Lead]:
    """Return the leads, locked, by their ids; for a win with the other leads of the customer."""
    # By id: a filter by status would run again under the lock and drop leads decided meanwhile.
    ids = list(leads.values_list("pk", flat=True))
    chosen = Q(pk__in=ids)
    if to == Status.WON and (lead := leads.first()):
        # Otherwise two people could win two leads of one customer at once.
        chosen |= pending_wins.of_customer(lead)
    rows = (
        Lead.objects.filter(chosen)
        .select_related("partner", "submitted_by", "terms")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    return [lead for lead in rows if lead.pk in ids]


def _win(lead: Lead, decision: Decision, actor: User, at: datetime) -> Outcome:
    """Win a locked lead, or request that a second person does."""
    waiting = approvals.pending(WIN, lead.reference)
    if waiting is not None:
        return Outcome(lead, f"{approvals.AlreadyRequested(waiting)} Nothing was changed.")
    signed_on = day_of_signing(lead, decision.signed_on, timezone.localdate(at))
    zero_reason = " ".join(decision.zero_reason.split())
    decision = replace(decision, signed_on=signed_on, zero_reason=zero_reason)
    estimate = price_win(lead, decision.lines, signed_on, zero_reason)
    amount = estimate.commission(lead.commission_type)
    why = pending_wins.why_second_person(lead, amount, pending_wins.other_won_leads(lead))
    if not why:
        _move([lead], decision, actor, at, estimate)
        return Outcome(lead)
    words = estimate.words(lead.commission_type)
    request = approvals.request(
        approvals.Request(
            kind=WIN,
            subject=lead.reference,
            label=f"{Truncator(lead.company_name).chars(120)} {lead.reference}",
            link=reverse("admin:leads_lead_change", args=[lead.pk]),
            summary=f"The lead becomes Won, and {Truncator(lead.partner.name).chars(120)} is "
            f"credited {usd(amount)}: {words}.",
            reason=Truncator(" ".join(why)).chars(500),
            amount=amount,
            data={
                "lead": lead.pk,
                "signed_on": signed_on.isoformat(),
                "zero_reason": decision.zero_reason,
                "lines": [line.stored() for line in decision.lines],
                "explanation": explanation.freeze(estimate, lead.commission_type),
                "warnings": [
                    *filter(None, [small_deal_warning(estimate, lead.commission_type)]),
                    *pending_wins.unusual(lead, decision.lines, estimate, signed_on),
                ],
            },
        ),
        actor,
    )
    PendingWinText.objects.create(
        approval=request, message=decision.message.strip(), note=decision.note.strip()
    )
    return Outcome(lead, request=request)


def _move(
    leads: list[Lead],
    decision: Decision,
    actor: User,
    at: datetime,
    estimate: Estimate | None = None,
    approval: Approval | None = None,
) -> None:
    """Let the locked leads follow the decision; a win is credited by its `estimate`."""
    changes: dict[str, Any] = {"status": decision.to, "changed_at": at}
    is_undone = leads[0].status == Status.WON
    if estimate is not None:
        changes["credit"] = _credit(leads[0], decision, estimate, actor, at, approval)
    if is_undone:
        # The entries keep what was sold, frozen.
        DealLine.objects.filter(lead=leads[0], stage=DealLine.Stage.FINAL).delete()
        changes["credit"] = None
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
                approval=approval,
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
            lead.current_credit = CurrentCredit.of(filter(None, [lead.credit]))
    EventText.objects.bulk_create(
        EventText(event=event, message=decision.message.strip(), note=decision.note.strip())
        for event in events
    )
    LeadCount.objects.add(counts)
    emails.send_decided(leads, decision.reason, decision.message.strip(), is_undone=is_undone)


def _credit(
    lead: Lead,
    decision: Decision,
    estimate: Estimate,
    actor: User,
    at: datetime,
    approval: Approval | None,
) -> LedgerEntry:
    today = timezone.localdate(at)
    signing = Signing(decision.signed_on or today, today, decision.zero_reason)
    DealLine.objects.add(lead, DealLine.Stage.FINAL, decision.lines, estimate)
    earlier = CurrentCredit.of(entries_of([lead.reference]))
    return posting.credit(
        lead.partner,
        after=earlier.reversal if earlier else None,
        reference=lead.reference,
        label=lead.company_name,
        amount=estimate.commission(lead.commission_type),
        explanation=explanation.freeze_credit(estimate, lead.commission_type, signing),
        text=estimate.words(lead.commission_type),
        actor=actor,
        approval=approval,
    )
