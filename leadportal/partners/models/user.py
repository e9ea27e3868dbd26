"""The people who sign in: a partner's and the vendor's own."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from leadportal.domains import account_email, readable_email
from leadportal.folding import search_text
from leadportal.partners.models.partner import Partner
from leadportal.partners.names import is_plain, validate_name


class UserManager(BaseUserManager["User"]):
    """Users by email; an address is one person's however it is capitalized."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new saved user. Without a password nobody can sign in until one is reset."""
        user = self.model(email=account_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Return a new saved member of staff with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=account_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by email: one of a partner's people, or one of the vendor's staff."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        MEMBER = "member", "Member"

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True, validators=[validate_name])
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    is_staff = models.BooleanField(
        "staff", default=False, help_text="The vendor's own people, who work in the admin."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Uncheck instead of deleting: history names this person."
    )
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    search_text = models.TextField(editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=models.Q(is_staff=True, partner=None)
                | models.Q(is_staff=False, partner__isnull=False),
                name="user_is_staff_or_a_partners",
                violation_error_message=(
                    "A user is either staff or belongs to a partner: check Staff or choose a "
                    "partner, not both."
                ),
            ),
        )

    def __str__(self) -> str:
        # A name may be older than its validation, or come from a shell or an import.
        return self.name if self.name and is_plain(self.name) else self.readable_email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = account_email(self.email)
        self.search_text = search_text(self.name, self.email, readable_email(self.email))
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.email = account_email(self.email)

    @property
    def readable_email(self) -> str:
        """The address with its domain as people write it."""
        return readable_email(self.email)

    @property
    def is_owner(self) -> bool:
        """Whether this person may withdraw the partner's money and manage its team."""
        return self.partner_id is not None and self.role == self.Role.OWNER

    @property
    def is_suspended(self) -> bool:
        """Whether the person's organization is suspended. Reads `partner`."""
        return self.partner is not None and self.partner.is_suspended

    def get_session_auth_hash(self) -> str:
        """Return what a session must contain to stay valid; it changes with each suspension."""
        return self._with_suspensions(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same by each of the SECRET_KEY_FALLBACKS."""
        return map(self._with_suspensions, super().get_session_auth_fallback_hash())

    def _with_suspensions(self, session_hash: str) -> str:
        # So a session from before does not come back to life when the suspension is lifted.
        count = self.partner.last_event if self.partner else 0
        return f"{session_hash}.{count}" if count else session_hash

    @property
    def awaits_password(self) -> bool:
        """Whether this partner's person was added, may sign in, and has chosen no password yet."""
        return self.partner_id is not None and self.is_active and not self.has_usable_password()
