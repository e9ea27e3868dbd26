"""Reversals, corrections and adjustments by finance, each with an email to the owners.

Each function is one transaction: the entries and the queued emails commit together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from commissions import explanation
from commissions.calculator import Estimate
from commissions.catalog.price_list import Choice, NotPayable, price_lines, require_payable
from commissions.explanation import Signing
from commissions.ledger import emails, posting
from commissions.ledger.errors import AmountRefused, EntryRefused
from commissions.ledger.models import LedgerEntry
from leadportal.partners.models import Partner, User

Kind = LedgerEntry.Kind


@dataclass(frozen=True, slots=True)
class Basis:
    """What a commission was computed from; its correction uses the same.

    `estimate` is the frozen one, with its lines and terms; `signing` has the day whose price list
    holds, and the day of the first credit, whatever was corrected since.
    """

    estimate: Estimate
    commission_type: str
    signing: Signing


def basis_of(entry: LedgerEntry) -> Basis:
    """Return what a commission or a correction was computed from.

    Raises EntryRefused for an entry of another kind, explanation.Unreadable for an unreadable one.
    """
    if entry.kind not in (Kind.COMMISSION, Kind.CORRECTION):
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
        reversal = posting.reverse(entry, reason=reason, actor=actor)
        emails.send_posted(reversal, reason)
    return reversal


def correct(entry: LedgerEntry, choices: Sequence[Choice], reason: str, actor: User) -> LedgerEntry:
    """Replace the entry with the commission for the correct lines, email the owners, return it.

    Computed by the price list of the signing date and the frozen terms. Raises
    PermissionDenied without `add_ledgerentry`, AmountRefused where nothing could be credited,
    EntryRefused where the lines are the entry's own, and what `posting.correct` raises.
    """
    _require_finance(actor)
    basis = basis_of(entry)
    estimate = Estimate(tuple(price_lines(choices, basis.signing.signed_on)), basis.estimate.terms)
    with transaction.atomic():
        require_different(entry, basis, estimate)
        try:
            require_payable(estimate, basis.commission_type)
        except NotPayable as error:
            raise AmountRefused(str(error)) from error
        correction = posting.correct(
            entry,
            explanation=explanation.freeze_credit(estimate, basis.commission_type, basis.signing),
            amount=estimate.commission(basis.commission_type),
            reason=reason,
            text=estimate.words(basis.commission_type),
            actor=actor,
        )
        emails.send_posted(correction, reason)
    return correction


def adjust(
    partner: Partner, amount: Decimal, reason: str, reference: str, actor: User
) -> LedgerEntry:
    """Post an amount of either sign, in US dollars, email the owners, return the entry.

    A `reference` posts once. Raises PermissionDenied without `add_ledgerentry`, and what
    `posting.adjust` raises.
    """
    _require_finance(actor)
    with transaction.atomic():
        adjustment = posting.adjust(
            partner, amount=amount, reason=reason, reference=reference, actor=actor
        )
        emails.send_posted(adjustment, reason)
    return adjustment


def require_different(entry: LedgerEntry, basis: Basis, estimate: Estimate) -> None:
    """Raise EntryRefused if the estimate has the same lines as the entry.

    After a reversal the same lines may be credited again.
    """
    is_reversed = entry.referred_by.filter(kind=Kind.REVERSAL).exists()
    if estimate == basis.estimate and not is_reversed:
        raise EntryRefused(
            f"These are the lines that entry {entry.number} was computed from: there is nothing "
            "to correct."
        )


def _require_finance(actor: User) -> None:
    if not actor.has_perm("commissions.add_ledgerentry"):
        raise PermissionDenied
