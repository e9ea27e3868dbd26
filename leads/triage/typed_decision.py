"""A decision while it is typed: its form, a win's lines, and the email that it would send."""

from copy import copy
from dataclasses import replace
from datetime import date
from functools import cached_property

from django import forms
from django.core.mail import EmailMultiAlternatives

from commissions.calculator import Estimate
from commissions.catalog.deal_editor import DealEditor
from commissions.catalog.final_lines import BaseFinalLineFormSet
from commissions.catalog.lines import Answers
from commissions.catalog.models import Plan
from commissions.ledger.credits import CurrentCredit
from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import User
from leads import emails, pending_wins
from leads.decisions import Decision
from leads.models import Lead, PendingWinText
from leads.same_domain import SameDomain, same_domain
from leads.status import REASONS, Reason, Status
from leads.triage.forms import DecisionForm, as_requested, as_submitted

NO_REASON_YET = "…"


class TypedDecision:
    """What was typed so far on the page of a decision; reads, never writes.

    `lead` is the lead of the page or, for a decision about many, the one shown as an example.
    `answers` is None on the first display: the page then proposes a message, and for a win the
    lines as submitted, or everything typed for `refused`, a win that was declined or canceled.
    Errors are shown only if `is_checked`.
    """

    def __init__(
        self, lead: Lead, to: Status, day: date, answers: Answers | None, *, is_checked: bool
    ) -> None:
        self.lead = lead
        self.to = to
        self.day = day
        self.refused: PendingWinText | None = None
        if answers is None:
            answers = {"message": to.definition.message}
            if to == Status.WON:
                self.refused = _refused_win(lead)
                answers |= as_requested(self.refused) if self.refused else as_submitted(lead)
        self.answers = answers
        self.is_checked = is_checked
        self.form = (
            DecisionForm(answers, to=to) if is_checked else DecisionForm(initial=answers, to=to)
        )
        self.deal = (
            DealEditor(
                answers,
                Plan.objects.with_products(),
                terms=lead.terms.as_calculated(),
                commission_type=lead.commission_type,
                credited_on=day,
                earliest=lead.approved_on,
                is_checked=is_checked,
            )
            if to == Status.WON
            else None
        )

    @property
    def forms(self) -> list[forms.BaseForm | BaseFinalLineFormSet]:
        """All forms whose errors the page lists, in order."""
        return [*self.deal.forms, self.form] if self.deal else [self.form]

    def is_valid(self) -> bool:
        """Return whether the decision can be made as typed."""
        return all(form.is_valid() for form in self.forms)

    def decision(self) -> Decision:
        """Return the decision of a valid page."""
        decision = self.form.decision()
        if self.deal is None:
            return decision
        return replace(
            decision,
            lines=self.deal.choices(),
            signed_on=self.deal.day,
            zero_reason=self.deal.zero_reason,
        )

    @cached_property
    def others(self) -> SameDomain:
        """The customer's other leads."""
        return same_domain(self.lead)

    @cached_property
    def why_second_person(self) -> list[str]:
        """Why a second person has to approve the win as typed."""
        commission = self.deal.commission if self.deal else None
        if commission is None:
            return []
        return pending_wins.why_second_person(self.lead, commission, self.others.won)

    @cached_property
    def warnings(self) -> list[str]:
        """What is unusual about the win as typed."""
        estimate = self.deal.estimate if self.deal else None
        if self.deal is None or estimate is None:
            return []
        choices = self.deal.checked_lines.lines()
        unusual = pending_wins.unusual(self.lead, choices, estimate, self.deal.day)
        return [self.deal.warning, *unusual] if self.deal.warning else unusual

    @cached_property
    def email(self) -> EmailMultiAlternatives | None:
        """The email to the partner as typed, None while a win's lines are incomplete."""
        estimate = self.deal.estimate if self.deal else None
        if self.deal and estimate is None:
            return None
        decided = self._decided(estimate)
        reason = self.answers.get("reason", "")
        reason = reason if reason in REASONS.get(self.to, ()) else ""
        message = self.answers.get("message", "").strip()
        if not message and reason:
            message = Reason(reason).definition.message
        to = self.recipients[0].email if self.recipients else ""
        return emails.decided(decided, reason, message, to=to, no_reason_yet=NO_REASON_YET)

    @cached_property
    def recipients(self) -> list[User]:
        """The people who will get the email, each once."""
        [(_, people)] = emails.recipients([self._decided(None)])
        return people

    def _decided(self, estimate: Estimate | None) -> Lead:
        """Return a copy of the lead as it would be after the decision."""
        decided = copy(self.lead)
        decided.status = self.to
        if self.deal is not None and estimate is not None:
            commission = LedgerEntry(
                kind=LedgerEntry.Kind.COMMISSION,
                amount=estimate.commission(self.lead.commission_type),
                explanation=self.deal.frozen,
                available_on=self.deal.available_on,
            )
            decided.current_credit = CurrentCredit((commission,))
        return decided


def _refused_win(lead: Lead) -> PendingWinText | None:
    """Return the words of the lead's last win that was refused, with who decided it."""
    pk = getattr(lead, "refused_win", None)
    if pk is None:
        return None
    return PendingWinText.objects.select_related("approval__decided_by").get(pk=pk)
