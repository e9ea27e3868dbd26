"""Requesting, approving, declining and canceling: the only code that writes approvals.

A decision and its effect are one transaction. The effect runs first, and the decision is a
compare-and-set on the pending row, so that of two people at once only one decides; everything that
the other's transaction did is rolled back, and its error says who decided and when. Subjects are
always locked before their approvals, so that a decision and a change of its subject never deadlock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from leadportal.approvals import emails, kinds
from leadportal.approvals.kinds import Kind
from leadportal.approvals.models import Approval, State
from leadportal.lengths import excess, longest
from leadportal.partners.models import User
from leadportal.ui.formats import date_and_time

Effect = Callable[[Approval, User, datetime], None]

SAY_WHY = "Say why you decline. The person who requested this will read it."


class ApprovalError(Exception):
    """The request or decision is refused; the message is for the person who acted."""


class Refused(ApprovalError):
    """The request cannot be carried out now. A kind's hooks raise it, too."""


class AlreadyRequested(ApprovalError):
    """The same request, `approval`, is already awaiting approval."""

    def __init__(self, approval: Approval) -> None:
        self.approval = approval
        super().__init__(
            f"This is already awaiting approval, requested by {approval.requested_by} on "
            f"{date_and_time(approval.requested_at)}."
        )


class AlreadyDecided(ApprovalError):
    """The request was already decided; `approval` has who, when and what."""

    def __init__(self, approval: Approval) -> None:
        self.approval = approval
        super().__init__(
            f"This request was already {approval.get_state_display().lower()} by "
            f"{approval.decided_by} on {date_and_time(approval.decided_at)}."
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What is requested.

    `subject` is a reference, such as W-2026-0001, that is unique in the portal; `label` and `link`
    show the subject to people.
    """

    kind: Kind
    subject: str
    label: str
    summary: str  # what happens on approval
    reason: str
    link: str = ""
    amount: Decimal | None = None
    data: dict[str, Any] = field(default_factory=dict)  # what the kind needs to do it


def request(wanted: Request, actor: User) -> Approval:
    """Store the request, email the people who may decide it, and return it.

    Joins the caller's transaction. Raises AlreadyRequested where one of the same kind and subject
    awaits its approval, Refused without a reason or with a text that is too long.
    """
    texts = {
        name: _fitting(name, getattr(wanted, name))
        for name in ("subject", "label", "link", "summary", "reason")
    }
    if not texts["reason"]:
        raise Refused("Give a reason. The second person needs it to decide.")
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                kind=wanted.kind.slug,
                **texts,
                amount=wanted.amount,
                data=wanted.data,
                requested_by=actor,
                requested_at=timezone.now(),
            )
            emails.send_requested(approval)
            return approval
    except IntegrityError:
        waiting = pending(wanted.kind, texts["subject"])
        if waiting is None:
            raise
        raise AlreadyRequested(waiting) from None


def pending(kind: Kind, subject: str) -> Approval | None:
    """Return the request of this kind about `subject` that awaits approval, None without one."""
    found = Approval.objects.awaiting().filter(kind=kind.slug, subject=subject)
    return found.select_related("requested_by").first()


def approve(approval: Approval, actor: User, message: str = "") -> Approval:
    """Approve the request as the second person, carry it out, and return the decided row.

    Raises PermissionDenied for whoever requested it and without the kind's permission,
    AlreadyDecided, and Refused where it cannot happen any more.
    """
    kind = _require_second_person(approval, actor)
    requester = approval.requested_by
    # Who becomes a partner's person may keep the groups.
    if not (requester.is_staff and requester.has_perm(kind.permission)):
        raise Refused(f"{requester} no longer has the permission for this. Decline the request.")
    return _decide(approval, State.APPROVED, actor, message, kind.on_approved)


def decline(approval: Approval, actor: User, message: str) -> Approval:
    """Refuse the request and return the decided row; `message` says why. Raises as `approve`."""
    kind = _require_second_person(approval, actor)
    if not message.strip():
        raise Refused(SAY_WHY)
    return _decide(approval, State.DECLINED, actor, message, kind.on_declined)


def cancel(approval: Approval, actor: User, message: str = "") -> Approval:
    """Take back `actor`'s own request and return the decided row.

    Raises PermissionDenied for anybody else, AlreadyDecided.
    """
    if actor.pk != approval.requested_by_id:
        raise PermissionDenied
    kind = kinds.find(approval.kind) or Kind()
    return _decide(approval, State.CANCELED, actor, message, kind.on_canceled)


def close(subjects: Iterable[str], actor: User, message: str) -> int:
    """Cancel the pending requests about `subjects`, because `actor` has changed these.

    Call it in the transaction of that change, with the subjects locked. The people who requested
    them are emailed. Returns the number of canceled requests; no kind's hook is called.
    """
    named = list(subjects)
    if not named:
        return 0
    waiting = list(
        Approval.objects.awaiting().filter(subject__in=named).values_list("pk", flat=True)
    )
    if not waiting:
        return 0
    closed = (
        Approval.objects.awaiting()
        .filter(pk__in=waiting)
        .update(
            state=State.CANCELED,
            decided_by=actor,
            decided_at=(at := timezone.now()),
            message=_fitting("message", message),
        )
    )
    rows = Approval.objects.filter(pk__in=waiting, state=State.CANCELED, decided_at=at)
    emails.send_decided(rows.select_related("requested_by", "decided_by"))
    return closed


def _decide(
    approval: Approval, state: State, actor: User, message: str, effect: Effect
) -> Approval:
    words = _fitting("message", message)
    at = timezone.now()
    try:
        with transaction.atomic():
            current = _read(approval.pk)
            if not current.is_pending:
                raise AlreadyDecided(current)
            effect(current, actor, at)
            decided = Approval.objects.awaiting().filter(pk=approval.pk)
            if not decided.update(state=state, decided_by=actor, decided_at=at, message=words):
                # Somebody decided while this waited: leave nothing of what the effect did.
                raise AlreadyDecided(_read(approval.pk))
            done = _read(approval.pk)
            emails.send_decided([done])
    except Refused:
        # The effect may have failed because another decision has just done it.
        current = _read(approval.pk)
        if not current.is_pending:
            raise AlreadyDecided(current) from None
        raise
    return done


def _read(pk: int) -> Approval:
    return Approval.objects.select_related("requested_by", "decided_by").get(pk=pk)


def _require_second_person(approval: Approval, actor: User) -> Kind:
    kind = kinds.find(approval.kind)
    if kind is None or actor.pk == approval.requested_by_id or not actor.has_perm(kind.permission):
        raise PermissionDenied
    return kind


def _fitting(name: str, text: str) -> str:
    words = " ".join(text.replace("\x00", " ").split())
    # SQLite would take a text of any length.
    if too_long := excess(words, longest(Approval, name)):
        raise Refused(f"The {name} is too long. {too_long}")
    return words
