"""Who may open a partner's page."""

from django.http import Http404, HttpRequest

from leadportal.partners.models import User


def partner_user(request: HttpRequest) -> User:
    """Return the signed-in person of a partner. Raises Http404 for staff, who have no partner."""
    user = request.user
    if not isinstance(user, User) or user.partner_id is None:
        raise Http404
    return user


def owner(request: HttpRequest) -> User:
    """Return the signed-in owner of a partner organisation. Raises Http404 for everybody else."""
    user = partner_user(request)
    if not user.is_owner:
        raise Http404
    return user
