"""Reversals, corrections and adjustments by finance, each with an email to the owners.

Each function is one transaction: the entries and the queued emails commit together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from commissions import explanation
from commissions.calculator import CommissionType, Estimate
from commissions.catalog.price_list import (
    Choice,
    NotPayable,
    price_lines,
    require_payable,
    restored,
)
from commissions.explanation import Signing
from commissions.ledger import emails, posting, second_person, subjects
from commissions.ledger.errors import AmountRefused, EntryRefused, LedgerError, words_of
from commissions.ledger.models import LedgerEntry
from leadportal.approvals import decisions as approvals
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.models import Partner, User
from leadportal.ui.formats import day_in_words


@dataclass(frozen=True, slots=True)
class Basis:
    """What a commission was computed from; its correction uses the same.

    `estimate` is the frozen one, with its lines and terms. `signing` has the day whose price list
    applies and the day of the first credit, whatever was corrected since.
    """

    estimate: Estimate
    commission_type: str
    signing: Signing

    @property
    def frozen(self) -> str:
        """The explanation of a credit that is computed from this."""
        return explanation.freeze_credit(self.estimate, self.commission_type, self.signing)

    @property
    def without_names(self) -> "Basis":
        """The same without the plans' names if their ids are known: a plan may be renamed."""
        lines = tuple(
            line if line.plan_id is None else replace(line, plan="") for line in self.estimate.lines
        )
        return replace(self, estimate=replace(self.estimate, lines=lines))


def basis_of(entry: LedgerEntry) -> Basis:
    """Return what a commission or a correction was computed from.

    Raises EntryRefused for an entry of another kind, explanation.Unreadable for an unreadable one.
    """
    if entry.kind not in (LedgerEntry.Kind.COMMISSION, LedgerEntry.Kind.CORRECTION):
        raise EntryRefused(f"Entry {entry.number} was not computed from the lines of a deal.")
    return Basis(
        estimate=explanation.thaw(entry.explanation),
        commission_type=str(explanation.read(entry.explanation)["commission_type"]),
        signing=explanation.signing_of(entry.explanation),
    )


def reverse(entry: LedgerEntry, reason: str, actor: User) -> LedgerEntry:
    """Reverse a commission or a correction, email the owners, return the negative entry.

    Raises PermissionDenied without `add_ledgerentry`, and what `posting.reverse` raises.
    """
    _require_finance(actor)
    with transaction.atomic():
        subjects.lock(entry.reference)
        reversal = posting.reverse(entry, reason=reason, actor=actor)
        approvals.close([entry.reference], actor, "The entry was reversed in the meantime.")
        emails.send_posted(reversal, reason)
    return reversal


def correct(
    entry: LedgerEntry,
    choices: Sequence[Choice],
    reason: str,
    actor: User,
    approval: Approval | None = None,
    *,
    signed_on: date | None = None,
    commission_type: str = "",
    zero_reason: str = "",
) -> LedgerEntry | Approval:
    """Replace the entry with the commission for the correct deal, email the owners, return it.

    Where one person may not (`second_person.why_correction`) and there is no `approval` yet, this
    only requests one and returns the request. Computed by the price list of the signing date and
    the frozen terms. Signing date and commission type are those of the entry, unless others are
    given; `zero_reason` says why a fixed fee is paid for something worth $0.00. Raises
    PermissionDenied without `add_ledgerentry`, AmountRefused where nothing could be credited or
    another amount was approved, EntryRefused where it is what the entry was computed from, and what
    `posting.correct` raises.
    """
    _require_finance(actor)
    basis = basis_of(entry)
    signing = Signing(
        signed_on or basis.signing.signed_on,
        basis.signing.credited_on,
        " ".join(zero_reason.split()),
    )
    if signing.signed_on > signing.credited_on:
        raise EntryRefused(
            "The deal cannot be signed after the commission was credited, on "
            f"{day_in_words(signing.credited_on)}."
        )
    earliest = subjects.earliest_signing(entry, basis.signing.signed_on)
    if earliest and signing.signed_on < earliest:
        raise EntryRefused(
            f"The deal cannot be signed before {day_in_words(earliest)}, when it was approved."
        )
    lines = tuple(price_lines(choices, signing.signed_on))
    wanted = Basis(
        Estimate(lines, basis.estimate.terms), commission_type or basis.commission_type, signing
    )
    with transaction.atomic():
        subjects.lock(entry.reference)
        # A concurrent reversal or correction waits here, and cancels an earlier request.
        posting.locked_account(entry.account.partner)
        if problem := subjects.why_not_credited(entry):
            raise EntryRefused(problem)
        require_different(entry, basis, wanted)
        try:
            require_payable(wanted.estimate, wanted.commission_type, signing.zero_reason)
        except NotPayable as error:
            raise AmountRefused(str(error)) from error
        computed = wanted.estimate.words(wanted.commission_type)
        amount, words = wanted.estimate.commission(wanted.commission_type), words_of(reason)
        posting.require_not_corrected(entry)
        why = [] if approval else second_person.why_correction(entry, amount)
        if why:
            data = {
                "lines": [choice.stored() for choice in choices],
                "signed_on": signing.signed_on.isoformat(),
                "commission_type": str(wanted.commission_type),
                "zero_reason": signing.zero_reason,
            }
            in_words = "; ".join([computed, *changes(basis, wanted), *_reason_for_zero(signing)])
            return second_person.request_correction(
                CORRECTION, entry, amount, in_words, words, why, actor, data
            )
        _require_approved(approval, amount)
        correction = posting.correct(
            entry,
            explanation=wanted.frozen,
            amount=amount,
            reason=reason,
            text=computed,
            changes=changes(basis, wanted),
            actor=actor,
            approval=approval,
        )
        if approval is None:
            approvals.close([entry.reference], actor, "The entry was corrected in the meantime.")
        emails.send_posted(correction, reason)
    return correction


def adjust(
    partner: Partner, amount: Decimal, reason: str, reference: str, actor: User
) -> LedgerEntry | Approval:
    """Post an amount of either sign, in US dollars, email the owners, return the entry.

    Where one person may not (`second_person.why_adjustment`), this only requests the approval of a
    second one and returns the request. A `reference` posts once. Raises PermissionDenied without
    `add_ledgerentry`, AlreadyRequested, and what `posting.adjust` raises.
    """
    _require_finance(actor)
    with transaction.atomic():
        account = posting.locked_account(partner)
        words = posting.require_adjustable(amount, reason, reference)
        waiting = approvals.pending(ADJUSTMENT, reference)
        if waiting is not None:
            # The page was sent before, with an amount that one person may not post.
            raise approvals.AlreadyRequested(waiting)
        why = second_person.why_adjustment(account, amount, actor, timezone.now())
        if why:
            return second_person.request_adjustment(
                ADJUSTMENT, account, amount, words, reference, why, actor
            )
        return _adjust(partner, amount, reason, reference, actor)


def _adjust(
    partner: Partner,
    amount: Decimal,
    reason: str,
    reference: str,
    actor: User,
    approval: Approval | None = None,
) -> LedgerEntry:
    adjustment = posting.adjust(
        partner, amount=amount, reason=reason, reference=reference, actor=actor, approval=approval
    )
    emails.send_posted(adjustment, reason)
    return adjustment


class Adjustment(Kind):
    """An adjustment that one person may not post alone."""

    slug = "adjustment"
    label = "Adjustment"
    permission = "commissions.add_ledgerentry"

    def on_approved(self, approval: Approval, actor: User, at: datetime) -> None:
        """Post the adjustment in the name of whoever requested it."""
        partner = Partner.objects.get(pk=approval.data["partner"])
        assert approval.amount is not None  # noqa: S101 - every adjustment has one
        try:
            _adjust(
                partner,
                approval.amount,
                approval.reason,
                approval.subject,
                approval.requested_by,
                approval,
            )
        except LedgerError as error:
            raise approvals.Refused(str(error)) from error


class Correction(Kind):
    """A correction that one person may not post alone."""

    slug = "correction"
    label = "Correction"
    permission = "commissions.add_ledgerentry"

    def on_approved(self, approval: Approval, actor: User, at: datetime) -> None:
        """Post the correction in the name of whoever requested it, if its amount is the same."""
        entry = LedgerEntry.objects.select_related("account__partner").get(
            pk=approval.data["entry"]
        )
        try:
            requested = approval.data
            correct(
                entry,
                restored(requested["lines"]),
                approval.reason,
                approval.requested_by,
                approval,
                signed_on=date.fromisoformat(requested["signed_on"]),
                commission_type=requested["commission_type"],
                zero_reason=requested["zero_reason"],
            )
        except (LedgerError, NotPayable, explanation.Unreadable) as error:
            raise approvals.Refused(str(error)) from error


ADJUSTMENT = Adjustment()
CORRECTION = Correction()


def _require_approved(approval: Approval | None, amount: Decimal) -> None:
    if approval is not None and approval.amount != amount:
        raise AmountRefused(
            f"The commission would be {usd(amount)} now, not the amount that was requested. "
            "Decline the request; the entry can then be corrected again."
        )


def require_different(entry: LedgerEntry, basis: Basis, correct: Basis) -> None:
    """Raise EntryRefused if the entry was computed from the same, `basis`, as its correction.

    After a reversal the same may be credited again.
    """
    if correct.without_names == basis.without_names and not entry.is_reversed:
        raise EntryRefused(
            f"This is what entry {entry.number} was computed from: there is nothing to correct."
        )


def changes(basis: Basis, correct: Basis) -> list[str]:
    """Return in words what a correction changes besides the lines."""
    found = []
    before, after = basis.signing.signed_on, correct.signing.signed_on
    if before != after:
        found.append(f"Signed on {day_in_words(after)} instead of {day_in_words(before)}")
    types = [CommissionType(each.commission_type) for each in (correct, basis)]
    if types[0] is not types[1]:
        found.append(f"Commission type: {types[0].label} instead of {types[1].label}")
    return found


def _reason_for_zero(signing: Signing) -> list[str]:
    return [f"at a price of $0.00 because: {signing.zero_reason}"] if signing.zero_reason else []


def _require_finance(actor: User) -> None:
    if not actor.has_perm("commissions.add_ledgerentry"):
        raise PermissionDenied
