"""The moves as sales read them: what each is called, what it says, what the partner is told."""

from copy import copy
from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives

from commissions import explanation
from commissions.calculator import Estimate
from commissions.ledger.models import LedgerEntry
from leadportal.mail.compose import compose
from leads.emails import decided_context
from leads.models import Lead
from leads.status import REASONS, TRANSITIONS, Reason, Status, is_final


@dataclass(frozen=True, slots=True)
class Move:
    """A move to one status: the word in its address, the word on its button, a first sentence."""

    to: Status
    slug: str
    verb: str
    message: str

    @property
    def is_final(self) -> bool:
        return is_final(self.to)

    @property
    def url_name(self) -> str:
        """The name of the page's address, for one lead's id."""
        return f"admin:leads_lead_{self.slug}"

    def is_open_to(self, lead: Lead) -> bool:
        """Return whether the lead's status allows this move."""
        return self.to in TRANSITIONS[lead.status]


MOVES: dict[str, Move] = {
    move.to: move
    for move in (
        Move(
            Status.APPROVED,
            slug="approve",
            verb="Approve",
            message="This fits what we look for. We will get in touch with your contact.",
        ),
        Move(
            Status.REJECTED,
            slug="reject",
            verb="Reject",
            message="Thank you for thinking of us. This one is not a fit for our team.",
        ),
        Move(
            Status.WON,
            slug="win",
            verb="Mark as won",
            message="Thank you for bringing us together. The customer is on board.",
        ),
        Move(
            Status.LOST,
            slug="lose",
            verb="Mark as lost",
            message="Thank you for the introduction. This time it did not work out.",
        ),
    )
}


def open_moves(lead: Lead) -> list[Move]:
    """Return the moves that the lead's status allows, in the order of the buttons."""
    return [move for move in MOVES.values() if move.is_open_to(lead)]


def mail_preview(
    lead: Lead, move: Move, message: str, reason: str, estimate: Estimate | None
) -> EmailMultiAlternatives:
    """Return the mail that the move would send, unsent: by the templates that send it.

    `reason` is a code, or nothing yet; `estimate` prices the final lines of a win. The lead itself
    stays as it is.
    """
    told = copy(lead)
    told.status = move.to
    if estimate is not None:
        told.credit = LedgerEntry(
            amount=estimate.commission(lead.commission_type),
            explanation=explanation.freeze(estimate, lead.commission_type),
        )
    words = Reason(reason).label if reason in Reason.values else ""
    if not words and move.to in REASONS:
        words = "…"
    context = decided_context(told, words, message.strip())
    return compose(f"leads/mail/lead_{move.to}", context, to=lead.submitted_by.email)
