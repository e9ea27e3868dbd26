"""Suspending a partner, and lifting the suspension: the only code that changes a partner's status.

While an organization is suspended its people cannot sign in, their open sessions end at the next
click, and no invitation to it can be accepted. Its leads stay with sales and can be won, and
credits are posted; no withdrawal is requested, exported or paid.
"""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, FilteredRelation, Model, Q, QuerySet
from django.utils import timezone

from leadportal.partners import emails
from leadportal.partners.models import (
    Partner,
    PartnerEvent,
    PartnerEventText,
    PartnerStatus,
    User,
)
from leadportal.ui.formats import date_and_time

PERMISSION = "partners.suspend_partner"

Row = TypeVar("Row", bound=Model)


class SuspensionRefused(Exception):
    """Nothing was changed; the message says why."""


class AlreadyDone(SuspensionRefused):
    """Somebody else was faster; the message says who, and when."""


def suspend(partner: Partner, reason: str, actor: User, message: str = "") -> PartnerEvent:
    """Suspend the partner, email its owners, and return the history row.

    `reason` is for staff only, `message` is in the email. Raises PermissionDenied, AlreadyDone, and
    SuspensionRefused without a reason.
    """
    return _change(partner, PartnerStatus.SUSPENDED, reason, message, actor)


def lift(partner: Partner, reason: str, actor: User, message: str = "") -> PartnerEvent:
    """Lift the partner's suspension, email its owners, and return the history row.

    Takes and raises what `suspend` does.
    """
    return _change(partner, PartnerStatus.ACTIVE, reason, message, actor)


def why_not(partner: Partner, to: PartnerStatus) -> str:
    """Return why the partner cannot become `to`, naming who was first; "" if it can."""
    if partner.status != to:
        return ""
    latest = partner.events.select_related("actor").order_by("-number").first()
    if latest is None:
        return f"{partner} is not suspended."
    what = "suspended" if latest.is_suspension else "let back in"
    return f"{partner} was already {what} by {latest.actor} on {date_and_time(latest.at)}."


def with_suspension(rows: QuerySet[Row], partner: str) -> QuerySet[Row]:
    """Return the rows with `suspension`, the latest row of their partner's history, or None.

    `partner` is the path to the partner. The actor and the texts are fetched in the same query.
    """
    latest = Q(**{f"{partner}__events__number": F(f"{partner}__last_event")})
    joined = FilteredRelation(f"{partner}__events", condition=latest)
    annotated: Any = rows.annotate(suspension=joined)
    found: QuerySet[Row] = annotated.select_related("suspension__actor", "suspension__text")
    return found


def _change(
    partner: Partner, to: PartnerStatus, reason: str, message: str, actor: User
) -> PartnerEvent:
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
    words = {"reason": _fitting("reason", reason), "message": _fitting("message", message)}
    if not words["reason"]:
        raise SuspensionRefused("Give a reason. Your colleagues will read it.")
    with transaction.atomic():
        row = Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
        conflict = why_not(row, to)
        if conflict:
            raise AlreadyDone(conflict)
        event = PartnerEvent.objects.create(
            partner=row,
            number=row.last_event + 1,
            from_status=row.status,
            to_status=to,
            at=timezone.now(),
            actor=actor,
        )
        PartnerEventText.objects.create(event=event, **words)
        row.status, row.last_event = to, event.number
        row.save(update_fields=("status", "last_event"))
        emails.send_access_changed(row, message=words["message"])
    partner.status, partner.last_event = row.status, row.last_event
    return event


def _fitting(name: str, typed: str) -> str:
    text = typed.replace("\x00", "").replace("\r\n", "\n").strip()
    longest = int(getattr(PartnerEventText._meta.get_field(name), "max_length", 0))
    if len(text) > longest:
        raise SuspensionRefused(f"Use at most {longest:,} characters for the {name}.")
    return text
