"""Who may open a partner's page."""

from django.http import Http404, HttpRequest

from leadportal.partners.models import User


def partner_user(request: HttpRequest) -> User:
    """Return the signed-in person of a partner. Raises Http404 for staff, who have no partner."""
    user = request.user
    if not isinstance(user, User) or user.partner_id is None:
        raise Http404
    return user
