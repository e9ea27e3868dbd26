"""What happens to a won lead whose credit is reversed, in the same step or afterwards."""

from copy import copy
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpResponse, QueryDict

from commissions.ledger import amendments, subjects
from commissions.ledger.errors import EntryRefused
from commissions.ledger.models import LedgerEntry
from leadportal.partners.access import staff_user
from leadportal.partners.models import User
from leadportal.ui.action_view import ActionView
from leadportal.ui.lines_field import LinesField
from leads import emails
from leads.decisions import Decision, DecisionError, undo_win, why_not
from leads.models import Lead
from leads.status import REASONS, UNDOINGS, Reason, Status
from leads.triage.forms import WRITE_A_MESSAGE, staff_note

PERMISSION = "leads.undo_win"
STAYS_WON = "It stays Won: the deal was closed, only its commission was wrong"


class UndoForm(forms.Form):
    """What the lead becomes and, unless it stays won, what the partner reads about that."""

    becomes = forms.ChoiceField(
        label="What happens to the lead?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happens to the lead."},
    )
    lost_because = forms.ChoiceField(
        label="Reason for the loss (only for Lost)",
        choices=[
            ("", "–"),
            *((reason.value, reason.label) for reason in REASONS[Status.LOST]),
        ],
        required=False,
    )
    message = LinesField(
        label="Message to the partner (unless it stays Won)",
        help_text="The partner reads this in the email about the lead and on its page. Leave it "
        "empty to send the usual text.",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = staff_note()

    use_required_attribute = False

    def __init__(self, *args: Any, may_stay_won: bool, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        stays = [(Status.WON.value, STAYS_WON)] if may_stay_won else []
        if not may_stay_won:
            self.fields["message"].label = "Message to the partner (optional)"
        answers = [(to.value, undoing.answer) for to, undoing in UNDOINGS.items()]
        self.fields["becomes"].choices = [*stays, *answers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Fill in the usual message if none was written; refuse input that would be lost."""
        data, becomes = self.cleaned_data, self.cleaned_data.get("becomes")
        if becomes == Status.LOST and not data.get("lost_because"):
            self.add_error("lost_because", "Choose a reason for the loss.")
        if becomes in (Status.WON, Status.APPROVED) and data.get("lost_because"):
            self.add_error("lost_because", "Only a lost lead takes a reason. Remove it.")
        if becomes == Status.WON:
            for name in ("message", "note"):
                if data.get(name):
                    self.add_error(name, "This is not used while the lead stays Won. Remove it.")
        elif becomes in UNDOINGS and data.get("message") == "":
            data["message"] = usual_message(becomes, data.get("lost_because", ""))
            if not data["message"] and data.get("lost_because"):
                self.add_error("message", WRITE_A_MESSAGE)
        return data

    def decision(self) -> Decision | None:
        """Return the decision of a valid form, None where the lead stays won."""
        data = self.cleaned_data
        if data["becomes"] == Status.WON:
            return None
        return Decision(
            to=data["becomes"],
            message=data["message"],
            note=data["note"],
            reason=data["lost_because"],
        )


def usual_message(becomes: str, reason: str) -> str:
    """Return what the partner reads if nothing else was written; "" if a message is required."""
    if reason:
        return Reason(reason).definition.message
    return UNDOINGS[Status(becomes)].definition.message


class TypedUndoing:
    """What was typed so far about a won lead: its form, and the email that it would send."""

    def __init__(self, lead: Lead, typed: QueryDict | None, *, may_stay_won: bool) -> None:
        self.lead = lead
        self.form = UndoForm(typed, may_stay_won=may_stay_won)

    @property
    def email(self) -> EmailMultiAlternatives | None:
        """The email to the partner, None while nothing is to be sent."""
        typed = self.form.data
        becomes, reason = typed.get("becomes", ""), typed.get("lost_because", "")
        if becomes not in UNDOINGS:
            return None
        reason = reason if becomes == Status.LOST and reason in REASONS[Status.LOST] else ""
        undone = copy(self.lead)
        undone.status, undone.credit, undone.current_credit = becomes, None, None
        message = typed.get("message", "").strip() or usual_message(becomes, reason)
        to = self.recipients[0].email if self.recipients else ""
        return emails.decided(undone, reason, message, to=to, no_reason_yet="…", is_undone=True)

    @cached_property
    def recipients(self) -> list[User]:
        """The people who will get the email, each once."""
        [(_, people)] = emails.recipients([self.lead], is_undone=True)
        return people


class UndoWithReversal(TypedUndoing, subjects.Following):
    """What happens to a won lead, on the page that reverses its credit."""

    def reverse(self, entry: LedgerEntry, reason: str, actor: User) -> LedgerEntry:
        """Reverse the entry and decide the lead as typed, in one transaction."""
        decision = self.form.decision()
        with transaction.atomic():
            reversal = amendments.reverse(entry, reason, actor)
            if decision:
                try:
                    self.lead = undo_win(self.lead.pk, decision, actor)
                except DecisionError as error:
                    raise EntryRefused(str(error)) from error
        return reversal

    @property
    def summary(self) -> str:
        """What happened to the lead, for the message afterwards."""
        return f"{self.lead} is {'still' if self.lead.status == Status.WON else 'now'} " + (
            f"{self.lead.get_status_display()}."
        )


class LeadSubject(subjects.Subject):
    """A lead, as the ledger sees it: only a won one is credited."""

    def lock(self, reference: str) -> None:
        """Lock the lead of this reference, if there is one."""
        list(Lead.objects.select_for_update().filter(reference=reference).values_list("pk"))

    def why_not_credited(self, entry: LedgerEntry) -> str:
        """Return why the entry cannot be corrected: its lead is not won, or won again; else ""."""
        lead = Lead.objects.filter(reference=entry.reference).select_related("credit").first()
        if lead is None:
            return ""
        if lead.credit is None:
            return f"{lead} is {lead.get_status_display()}, so nothing is credited for it."
        if lead.credit.number > entry.number:
            return f"{lead} was credited again by entry {lead.credit.number}. Correct that one."
        return ""

    def approved_on(self, entry: LedgerEntry) -> date | None:
        """Return the day the lead was approved: nothing is signed for it before."""
        lead = Lead.objects.with_approval().filter(reference=entry.reference).first()
        return lead.approved_on if lead else None

    def following(
        self, entry: LedgerEntry, actor: User, typed: QueryDict | None
    ) -> UndoWithReversal | None:
        """Return the question of what happens to the lead, for those who may decide it."""
        if not (actor.has_perm(PERMISSION) and actor.has_perm("leads.view_lead")):
            return None
        leads = Lead.objects.filter(reference=entry.reference, status=Status.WON)
        lead = leads.select_related("partner", "submitted_by", "terms").first()
        return UndoWithReversal(lead, typed, may_stay_won=True) if lead else None


class UndoView(ActionView):
    """Take back the status of a won lead whose credit was reversed before."""

    permission = PERMISSION
    verb = "Undo the win"
    action = "undo"
    is_danger = True
    object_name = "lead"
    template_name = "admin/leads/lead/undo.html"
    preview_template_name = "admin/leads/_undo_preview.html"
    refusals = (DecisionError,)

    object: Lead

    def get_conflict(self) -> str:
        lead = self.object
        if lead.status != Status.WON:
            return f"{lead}: {why_not([lead], Status.LOST)[lead.pk]}"
        if lead.current_credit and not lead.current_credit.reversal:
            return f"The commission of {lead} is not reversed. Ask finance to reverse it first."
        return ""

    def prepare(self) -> None:
        self.typed = TypedUndoing(self.object, self.request.POST or None, may_stay_won=False)
        self.form = self.typed.form

    def perform(self) -> Lead:
        decision = self.form.decision()
        return undo_win(self.object.pk, decision, staff_user(self.request))

    def succeed(self, done: Lead) -> HttpResponse:
        return self.leave_with(messages.SUCCESS, f"{done} is now {done.get_status_display()}.")

    def get_title(self) -> str:
        return f"Undo the win: {self.object.company_name}"

    def get_context(self) -> dict[str, Any]:
        return {"lead": self.object, "following": self.typed}
