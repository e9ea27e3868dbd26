"""Emails about requests: to the people who may decide one, and to the person who made it."""

from collections.abc import Iterable

from leadportal.approvals import kinds
from leadportal.approvals.models import Approval
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.partners.access import staff_with
from leadportal.partners.models import User


def deciders(permission: str, requester: User) -> list[User]:
    """Return the people with the permission, except the one who makes the request."""
    return list(staff_with(permission).exclude(pk=requester.pk))


def notified(approval: Approval) -> str:
    """Return a sentence about who was emailed to decide the request."""
    kind = kinds.find(approval.kind)
    people = deciders(kind.permission, approval.requested_by) if kind else []
    if not people:
        return "Nobody else may approve it yet. Ask an administrator to give a colleague access."
    names = [str(person) for person in people[:3]]
    if len(people) > len(names):
        names.append(f"{len(people) - len(names)} more")
    return f"Email sent to {', '.join(names)}."


def send_requested(approval: Approval) -> None:
    """Queue one email to each person who may decide the request."""
    kind = kinds.find(approval.kind)
    if kind is None:
        return
    people = deciders(kind.permission, approval.requested_by)
    _queue("approval_requested", approval, [person.email for person in people])


def send_decided(approvals: Iterable[Approval]) -> None:
    """Queue an email to the requester of each decided request, unless they decided it."""
    for approval in approvals:
        requester = approval.requested_by
        if requester.is_active and requester.pk != approval.decided_by_id:
            _queue("approval_decided", approval, [requester.email])


def _queue(template: str, approval: Approval, addresses: list[str]) -> None:
    kind = kinds.find(approval.kind)
    messages = [
        compose(f"approvals/mail/{template}", {"approval": approval}, to=address)
        for address in addresses
    ]
    if messages:
        outbox.queue(messages, shown_with=kind.permission if kind else "")
