"""Signing in: who may, and how allauth addresses them."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from leadportal.partners import sign_in_limits
from leadportal.partners.client_address import client_address

if TYPE_CHECKING:
    from leadportal.partners.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Email and password, checked by allauth; demo users cannot sign in on a real installation."""

    def user_can_authenticate(self, user: "User") -> bool:
        """Return whether the user is active, not suspended and, for a demo user, DEBUG is on."""
        if (user.is_demo and not settings.DEBUG) or user.is_suspended:
            return False
        return super().user_can_authenticate(user)  # type: ignore[no-any-return]

    def get_user(self, user_id: int) -> "User | None":
        """Return the user with the organization, which every page names, or None."""
        model = get_user_model()
        try:
            user: User = model.objects.select_related("partner").get(pk=user_id)
        except model.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: the vendor adds people, and owners invite them."""

    _account: str = ""  # whose password is being tried
    _elsewhere: RateLimitUsage | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: "User", password: str) -> None:
        """Save a new password, and accept an invitation that was waiting for it."""
        from leadportal.partners.invitations import close_of

        user.set_password(password)
        # Only the password: an owner may have deactivated the account while it was hashed.
        user.save(update_fields=("password",))
        close_of(user, timezone.now())
        if context.request is not None:
            sign_in_limits.forget_failures(context.request, sign_in_limits.account_of(user.email))

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether a redirect may lead there, also if allauth cannot read the URL."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Return the unsent email, which staff who may see people find in the outbox."""
        message: EmailMessage = super().render_mail(*args, **kwargs)
        message.shown_with = "partners.view_user"  # type: ignore[attr-defined]
        return message

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, also if allauth would give up (a unix socket)."""
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt before it is made. Raises ValidationError where too many have failed."""
        self._account = sign_in_limits.account_of(credentials["email"])
        try:
            super().pre_authenticate(request, **credentials)
            self._elsewhere = sign_in_limits.count_elsewhere(request, self._account)
            if self._elsewhere is None:
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            refused = "Sign-in refused after too many failures"
            sign_in_limits.log_failure(request, self._account, refused)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password or an unknown address."""
        sign_in_limits.log_failure(request, self._account, "Failed sign-in")

    def reauthenticate(self, user: "User", password: str) -> bool:
        """Return whether the password is the user's; counted and logged like a sign-in."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def post_login(self, request: HttpRequest, user: "User", **kwargs: Any) -> HttpResponse:
        """Record where the user signs in from: failures elsewhere do not keep them out there."""
        sign_in_limits.remember(request, sign_in_limits.account_of(user.email))
        return super().post_login(request, user, **kwargs)  # type: ignore[no-any-return]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        account = self._account or sign_in_limits.account_of(credentials["email"])
        return sign_in_limits.at_address(request, account)

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._elsewhere is not None:
            self._elsewhere.rollback()

    def pre_login(self, request: HttpRequest, user: "User", **kwargs: Any) -> HttpResponse | None:
        """Tell people of a suspended partner so, and refuse a demo user like an inactive one.

        allauth passes on users whom the backend has refused only if the password was right: nobody
        else learns that there is such an account.
        """
        if user.is_active and user.is_suspended:
            return redirect("account_suspended")
        if user.is_active and not Backend().user_can_authenticate(user):
            return self.respond_user_inactive(request, user)  # type: ignore[no-any-return]
        return super().pre_login(request, user, **kwargs)  # type: ignore[no-any-return]


def display_name(user: "User") -> str:
    """Return how messages and emails address the user."""
    return str(user)
