"""Who may open a partner's page."""

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
