"""The pages that reverse an entry, correct it, or adjust an account."""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from commissions import explanation
from commissions.catalog.deal_editor import DealEditor, typed_answers
from commissions.catalog.lines import Answers
from commissions.catalog.models import Plan
from commissions.catalog.price_list import unusual_prices
from commissions.ledger import amendments, second_person, subjects
from commissions.ledger.admin.credited_lines import as_credited, unknown_plans
from commissions.ledger.admin.posting_preview import PostingPreview, posting_preview
from commissions.ledger.chain import COMPUTED
from commissions.ledger.errors import AlreadyPosted, EntryRefused, LedgerError
from commissions.ledger.forms import AdjustmentForm, ReasonForm
from commissions.ledger.models import Account, LedgerEntry
from leadportal.approvals.decisions import AlreadyRequested, ApprovalError
from leadportal.approvals.emails import notified
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.partners.models import Partner
from leadportal.ui.action_view import ActionView
from leadportal.ui.admin_pages import leave

Kind = LedgerEntry.Kind
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # easy to read aloud, as in a lead's reference


class AmendView(ActionView):
    """A page that posts an entry once: a second click finds the first one's entry."""

    permission = "commissions.add_ledgerentry"
    refusals = (LedgerError, ApprovalError)
    repeats = (AlreadyPosted, AlreadyRequested)
    preview_template_name = "admin/commissions/_posting_preview.html"

    preview: PostingPreview | None
    why_second_person: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def perform(self) -> str:
        """Post the entry, or request a second person's approval; return the success message."""
        posted = self.post_entry()
        if isinstance(posted, Approval):
            return f"Approval requested: nothing is posted yet. {notified(posted)}"
        summary = self.preview.summary if self.preview else ""
        return f"{self.get_said(posted)} {summary}".strip()

    def post_entry(self) -> LedgerEntry | Approval:
        """Post the entry or request that. Raises LedgerError or ApprovalError."""
        raise NotImplementedError

    def get_said(self, posted: LedgerEntry) -> str:
        """Return what was posted, in words."""
        raise NotImplementedError

    def get_context(self) -> dict[str, Any]:
        return {
            "preview": self.preview,
            "why_second_person": self.why_second_person,
            "warnings": self.warnings,
        }


class EntryView(AmendView):
    """A page that reverses or corrects one commission or correction; each can happen once."""

    object_name = "entry"
    keeps_typed = False  # a second click, or somebody else: the entry is posted
    object: LedgerEntry

    posts: str  # the kind of entry
    done: str  # such as "reversed"

    def get_conflict(self) -> str:
        entry = self.object
        if entry.kind not in COMPUTED:
            return (
                f"Only a commission or a correction can be {self.done}. Adjust the account instead."
            )
        followed = {each.kind: each for each in entry.referred_by.select_related("posted_by")}
        entry.is_reversed = Kind.REVERSAL in followed
        posted = followed.get(self.posts)
        return (
            ""
            if posted is None
            else str(AlreadyPosted(posted, f"Entry {entry.number} was already {self.done}"))
        )

    def get_title(self) -> str:
        return f"{self.verb} entry {self.object.number} of {self.object.account.partner}"


class ReverseView(EntryView):
    """Take one entry back."""

    verb = "Reverse"
    posts, done = Kind.REVERSAL, "reversed"
    is_danger = True
    template_name = "admin/commissions/ledgerentry/reverse.html"

    def prepare(self) -> None:
        self.form = ReasonForm(self.request.POST or None)
        entry = self.object
        reversal = LedgerEntry(
            account=entry.account,
            kind=Kind.REVERSAL,
            amount=-entry.amount,
            reference=entry.reference,
            label=entry.label,
            refers_to=entry,
        )
        reason = self.request.POST.get("reason", "")
        self.preview = posting_preview(reversal, reason, reversal.amount)
        actor = staff_user(self.request)
        self.following = subjects.following(entry, actor, self.request.POST or None)

    @property
    def forms(self) -> list[Any]:
        """The reason's form, and that of what follows."""
        return [self.form, self.following.form] if self.following else [self.form]

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self.forms)

    def post_entry(self) -> LedgerEntry:
        reason = self.form.cleaned_data["reason"]
        reverse = self.following.reverse if self.following else amendments.reverse
        return reverse(self.object, reason, staff_user(self.request))

    def get_said(self, posted: LedgerEntry) -> str:
        said = (
            f"Entry {self.object.number} was reversed by entry {posted.number}, "
            f"{usd(posted.amount)}."
        )
        return f"{said} {self.following.summary}" if self.following else said

    def get_context(self) -> dict[str, Any]:
        return {**super().get_context(), "forms": self.forms, "following": self.following}


class CorrectView(EntryView):
    """Replace a commission with the correct one."""

    verb = "Correct"
    posts, done = Kind.CORRECTION, "corrected"
    template_name = "admin/commissions/ledgerentry/correct.html"
    preview_template_name = "admin/commissions/ledgerentry/_correct_preview.html"

    def get_conflict(self) -> str:
        conflict = super().get_conflict() or subjects.why_not_credited(self.object)
        if conflict:
            return conflict
        try:
            self.basis = amendments.basis_of(self.object)
        except explanation.Unreadable as error:
            return f"The calculation of this entry cannot be read. {error}"
        return ""

    def prepare(self) -> None:
        answers = typed_answers(self.request.POST.dict()) if self.request.POST else None
        is_checked = self.request.POST.get("do") in (self.action, "preview")
        self.preview, self.problems = None, [self.conflict] if self.conflict else []
        if self.conflict:
            self.form = ReasonForm(initial=answers)
            return
        self._prepare_deal(answers, is_checked=is_checked)

    def _prepare_deal(self, answers: Answers | None, *, is_checked: bool) -> None:
        plans = Plan.objects.with_products()
        if answers is None:
            answers = as_credited(self.basis.estimate, plans)
            answers["zero_reason"] = self.basis.signing.zero_reason
        self.form = ReasonForm(answers) if is_checked else ReasonForm(initial=answers)
        self.deal = DealEditor(
            answers,
            plans,
            terms=self.basis.estimate.terms,
            commission_type=self.basis.commission_type,
            credited_on=self.basis.signing.credited_on,
            signed_on=self.basis.signing.signed_on,
            earliest=subjects.earliest_signing(self.object, self.basis.signing.signed_on),
            has_type=True,
            is_checked=is_checked,
        )
        self.problems = self._problems()
        if not self.problems and self.deal.estimate is not None:
            self.preview = self._preview(answers.get("reason", ""))
            amount = self.deal.commission or Decimal(0)
            self.why_second_person = second_person.why_correction(self.object, amount)
            self.warnings = [
                *filter(None, [self.deal.warning]),
                *second_person.unusual_correction(self.object, amount),
                *unusual_prices(
                    self.deal.checked_lines.lines(), self.deal.estimate.lines, self.deal.day
                ),
            ]

    def _problems(self) -> list[str]:
        """Return why the lines are not a correction yet: incomplete, or the same as before."""
        deal = self.deal
        if deal.estimate is None:
            return deal.problems
        correct = amendments.Basis(deal.estimate, deal.commission_type, deal.signing)
        try:
            amendments.require_different(self.object, self.basis, correct)
        except EntryRefused as error:
            return [str(error)]
        return []

    def _preview(self, reason: str) -> PostingPreview:
        entry, amount = self.object, self.deal.commission
        assert amount is not None  # noqa: S101 - no problem was found
        correction = LedgerEntry(
            account=entry.account,
            kind=Kind.CORRECTION,
            amount=amount,
            reference=entry.reference,
            label=entry.label,
            refers_to=entry,
            explanation=self.deal.frozen,
            available_on=entry.available_on,
        )
        change = amount if entry.is_reversed else amount - entry.amount
        return posting_preview(correction, reason, change)

    def is_valid(self) -> bool:
        return self.deal.is_valid() and self.form.is_valid()

    def get_computation(self) -> str:
        return "" if self.conflict else self.deal.frozen

    def post_entry(self) -> LedgerEntry | Approval:
        deal = self.deal
        return amendments.correct(
            self.object,
            deal.choices(),
            self.form.cleaned_data["reason"],
            staff_user(self.request),
            signed_on=deal.day,
            commission_type=deal.commission_type,
            zero_reason=deal.zero_reason,
        )

    def get_said(self, posted: LedgerEntry) -> str:
        return (
            f"Entry {self.object.number} was corrected by entry {posted.number}: "
            f"{usd(posted.amount)} instead of {usd(self.object.amount)}."
        )

    def get_context(self) -> dict[str, Any]:
        deal = getattr(self, "deal", None)
        if deal is None:
            return {"preview": None, "problems": self.problems}
        return {
            **super().get_context(),
            "problems": self.problems,
            "deal": deal,
            "difference": None if self.problems else deal.commission - self.object.amount,
            "unknown_plans": unknown_plans(self.basis.estimate, deal.plans),
            "forms": [*deal.forms, self.form],
        }


class AdjustView(AmendView):
    """Add an amount to an account, or deduct one."""

    verb = "Adjust"
    object_name = "account"
    template_name = "admin/commissions/account/adjust.html"

    object: Account

    def prepare(self) -> None:
        self.form = AdjustmentForm(
            self.request.POST or None, initial={"reference": new_adjustment_reference()}
        )
        self.form.full_clean()
        amount = self.form.cleaned_data.get("amount") if self.form.is_bound else None
        self.preview = None
        if amount is not None:
            adjustment = LedgerEntry(
                account=self.object,
                kind=Kind.ADJUSTMENT,
                amount=amount,
                reference=self.form.cleaned_data.get("reference", ""),
            )
            self.preview = posting_preview(adjustment, self.form.data.get("reason", ""), amount)
            self.why_second_person = second_person.why_adjustment(
                self.object, amount, staff_user(self.request), timezone.now()
            )
            self.warnings = second_person.unusual_adjustment(self.object, amount)

    def post_entry(self) -> LedgerEntry | Approval:
        data = self.form.cleaned_data
        return amendments.adjust(
            self.object.partner,
            data["amount"],
            data["reason"],
            data["reference"],
            staff_user(self.request),
        )

    def get_said(self, posted: LedgerEntry) -> str:
        return (
            f"The account was adjusted by {usd(posted.amount)}: entry {posted.number}, "
            f"{posted.reference}."
        )

    def get_title(self) -> str:
        return f"Adjust the account of {self.object.partner}"

    def get_context(self) -> dict[str, Any]:
        return {"account": self.object, **super().get_context()}


class AdjustPartnerView(AdjustView):
    """The same for a partner, by its id, who may have no account before the first entry."""

    object_name = "partner"

    def find(self, pk: int) -> Account | None:
        if not self.model_admin.has_view_permission(self.request):
            raise PermissionDenied
        partner = Partner.objects.filter(pk=pk).first()
        if partner is None:
            return None
        return Account.objects.filter(partner=partner).first() or Account(partner=partner)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.object._state.adding:
            return redirect(self.model_admin.address("adjust", self.object.pk))
        return super().get(request, pk)

    def leave_with(self, level: int, message: str, row: Model | None = None) -> HttpResponse:
        """Return to the account, which exists now."""
        account = self.find(self.object.partner_id)
        if account is not None and not account._state.adding:
            return super().leave_with(level, message, account)
        messages.add_message(self.request, level, message)
        return leave(self.request, self.row_url())

    def row_url(self) -> str:
        return reverse("admin:partners_partner_change", args=[self.object.partner_id])


def new_adjustment_reference() -> str:
    """Return a random reference, such as `ADJ-7KQ2M9XA`, so that an adjustment is posted once."""
    return "ADJ-" + "".join(secrets.choice(ALPHABET) for _ in range(8))
