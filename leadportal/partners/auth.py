"""Signing in: who may, and how allauth names them."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

if TYPE_CHECKING:
    from leadportal.partners.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Email and password, as allauth checks them, and never a demo user on a real installation."""

    def user_can_authenticate(self, user: "User") -> bool:
        """Return whether the user is active and, if marked as demo, DEBUG is on."""
        if user.is_demo and not settings.DEBUG:
            return False
        return super().user_can_authenticate(user)  # type: ignore[no-any-return]

    def get_user(self, user_id: int) -> "User | None":
        """Return the user with the organisation, which every page names, or None."""
        model = get_user_model()
        try:
            user: User = model.objects.select_related("partner").get(pk=user_id)
        except model.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: the vendor adds people, and owners invite them."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: "User", password: str) -> None:
        """Save a new password; an invitation that waited for it is accepted."""
        from leadportal.partners.invitations import close_of

        super().set_password(user, password)
        close_of(user, timezone.now())

    def pre_login(self, request: HttpRequest, user: "User", **kwargs: Any) -> HttpResponse | None:
        """Refuse a demo user on a real installation as an inactive one is refused.

        allauth takes up again whom the backend has refused, if only the password was right.
        """
        if user.is_active and not Backend().user_can_authenticate(user):
            return self.respond_user_inactive(request, user)  # type: ignore[no-any-return]
        return super().pre_login(request, user, **kwargs)  # type: ignore[no-any-return]


def display_name(user: "User") -> str:
    """Return how messages and mail address the user."""
    return str(user)
