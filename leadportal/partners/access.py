"""Who may open a partner's page, and who of the vendor's people may do something."""

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
    """Return whom the organization's money concerns: its owners who still sign in."""
    owners = User.objects.filter(partner=partner, role=User.Role.OWNER, is_active=True)
    return list(owners.order_by("pk"))


def staff_user(request: HttpRequest) -> User:
    """Return the signed-in member of staff. Raises Http404 for everybody else."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        raise Http404
    return user


def staff_with(permission: str) -> QuerySet[User]:
    """Return the active people of the vendor who have the permission, named as `has_perm` takes it.

    Superusers have every permission.
    """
    app_label, _, codename = permission.partition(".")
    named = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    granted = named.filter(Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk")))
    staff = User.objects.filter(is_active=True, is_staff=True)
    return staff.filter(Q(is_superuser=True) | Exists(granted)).order_by("pk")
