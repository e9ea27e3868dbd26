"""What was typed into interrupted forms, for an hour at most."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models, transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from leadportal.interrupted.origin import page_of
from leadportal.interrupted.owner import FIELD

LIFETIME: Final = timedelta(hours=1)
MOST_OF_A_USER: Final = 10
LARGEST: Final = 100_000  # characters of all names and values of a form
COOKIE: Final = "interrupted"

# Never kept: tokens, whatever is a password, and what confirms something.
_LEFT_OUT: Final = frozenset({"csrfmiddlewaretoken", FIELD})
_LEFT_OUT_WORDS: Final = ("password", "confirm")


class TooLarge(Exception):
    """More was typed than can be stored."""


class InterruptedFormQuerySet(models.QuerySet["InterruptedForm"]):
    """Queries of the middleware, and of the worker that purges."""

    def waiting(self, user: Any, browser: str, now: datetime) -> "InterruptedFormQuerySet":
        """Return the forms that come back to this user in the browser with this cookie."""
        since = now - LIFETIME
        return self.of_browser(browser).filter(user=user, interrupted_at__gt=since).order_by("-pk")

    def of_browser(self, cookie: str) -> "InterruptedFormQuerySet":
        """Return the forms that come back in the browser with this cookie, to whomever."""
        return self.filter(browser=_digest(cookie))

    def purge(self, now: datetime) -> int:
        """Delete what nobody has come back for, and return how many forms were deleted."""
        count, _ = self.filter(interrupted_at__lte=now - LIFETIME).delete()
        return count

    @transaction.atomic
    def keep(self, request: HttpRequest, user_pk: int) -> "tuple[InterruptedForm, str]":
        """Keep what the request posts for this user.

        Return it, and the cookie of the browser to which it comes back. Raises TooLarge.
        """
        fields = _typed(request.POST)
        if sum(len(name) + len(value) for name, value in fields) > LARGEST:
            raise TooLarge
        now = timezone.now()
        self.purge(now)
        browser = request.COOKIES.get(COOKIE) or secrets.token_urlsafe()
        action = request.get_full_path()
        self.of_browser(browser).filter(user=user_pk, action=action).delete()
        newest = self.filter(user=user_pk).order_by("-pk").values("pk")[: MOST_OF_A_USER - 1]
        self.filter(user=user_pk).exclude(pk__in=[row["pk"] for row in newest]).delete()
        form = self.create(
            user_id=user_pk,
            browser=_digest(browser),
            page=page_of(request),
            action=action,
            fields=fields,
            interrupted_at=now,
        )
        return form, browser


class InterruptedForm(models.Model):
    """A form as it was sent, for its user in one browser. Deleted when it has come back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    browser = models.CharField(max_length=64)  # SHA-256 of the cookie
    page = models.TextField()  # path and query of the page that shows the form
    action = models.TextField()  # path and query that the form was sent to
    fields = models.JSONField()  # pairs of a name and a value, in their order
    interrupted_at = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = InterruptedFormQuerySet.as_manager()

    @property
    def typed(self) -> list[tuple[str, str]]:
        """The pairs of a name and a value."""
        return [(name, value) for name, value in self.fields]

    def as_posted(self) -> QueryDict:
        """Return what was typed as the data of a POST request."""
        posted = QueryDict(mutable=True)
        for name, value in self.fields:
            posted.appendlist(name, value)
        return posted


def _typed(posted: QueryDict) -> list[tuple[str, str]]:
    """Return the names and values to keep; no database stores a NUL."""
    return [
        (name.replace("\x00", ""), value.replace("\x00", ""))
        for name, values in posted.lists()
        if name not in _LEFT_OUT and not any(word in name.lower() for word in _LEFT_OUT_WORDS)
        for value in values
    ]


def _digest(browser: str) -> str:
    return sha256(browser.encode(errors="surrogatepass")).hexdigest()
