"""Who may open a partner's page, and which staff may do something."""

from collections.abc import Collection

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from leadportal.partners.models import Partner, User


def partner_user(request: HttpRequest) -> User:
    """Return the signed-in person of a partner. Raises Http404 for staff, who have no partner."""
    user = request.user
    if not isinstance(user, User) or user.partner_id is None:
        raise Http404
    return user


def owner(request: HttpRequest) -> User:
    """Return the signed-in owner of a partner organization. Raises Http404 for everybody else."""
    user = partner_user(request)
    if not user.is_owner:
        raise Http404
    return user


def owners_of(partner: Partner) -> list[User]:
    """Return the owners of the organization who can sign in."""
    return owners_by_partner([partner.pk])[partner.pk]


def owners_by_partner(partner_ids: Collection[int]) -> dict[int, list[User]]:
    """Return the owners of each of these organizations who can sign in. One query, or none."""
    owners: dict[int, list[User]] = {pk: [] for pk in partner_ids}
    if owners:
        found = User.objects.filter(partner__in=owners, role=User.Role.OWNER, is_active=True)
        for owner in found.order_by("pk"):
            assert owner.partner_id is not None  # noqa: S101 - the filter sees to it
            owners[owner.partner_id].append(owner)
    return owners


def is_reachable(person: User, partner_id: int) -> bool:
    """Return whether emails about the organization may go to this person, who once acted for it."""
    return person.is_active and person.partner_id == partner_id


def staff_user(request: HttpRequest) -> User:
    """Return the signed-in member of staff. Raises Http404 for everybody else."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        raise Http404
    return user


def staff_with(permission: str) -> QuerySet[User]:
    """Return the active staff who have the permission, named as `has_perm` takes it.

    Superusers have every permission.
    """
    app_label, _, codename = permission.partition(".")
    named = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    granted = named.filter(Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk")))
    staff = User.objects.filter(is_active=True, is_staff=True)
    return staff.filter(Q(is_superuser=True) | Exists(granted)).order_by("pk")
