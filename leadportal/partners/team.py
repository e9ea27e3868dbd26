"""An organization's people, as they see and manage each other."""

from django.db import transaction
from django.db.models import QuerySet

from leadportal.partners import invitations
from leadportal.partners.models import Partner, User


class TeamRefused(Exception):
    """The team was not changed; the message says why."""


def teammates(user: User) -> QuerySet[User]:
    """Return the people of the user's organization, the user too; staff have none.

    The active before those who left, owners before members.
    """
    if user.partner_id is None:
        return User.objects.none()
    people = User.objects.filter(partner=user.partner_id)
    return people.order_by("-is_active", "-role", "name", "email")


def deactivate(person: User, actor: User) -> None:
    """Deactivate a teammate's account; `actor` is an owner, and nobody deactivates themselves.

    So the last owner stays, also if two owners deactivate each other at once: the second one is no
    longer an active owner. The invitations that the person has sent, or not yet accepted, are
    revoked. Raises TeamRefused.
    """
    if person == actor or actor.partner_id is None:
        raise TeamRefused("You cannot deactivate yourself. Ask another owner or write to us.")
    with transaction.atomic():
        Partner.objects.select_for_update().get(pk=actor.partner_id)
        team = teammates(actor).filter(is_active=True)
        if not team.filter(pk=actor.pk, role=User.Role.OWNER).exists():
            raise TeamRefused("You are no longer an owner of the organization.")
        team.filter(pk=person.pk).update(is_active=False)
        invitations.revoke_of(person)
