"""The user for whom a form was made: a signed value in every form of a signed-in user."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

FIELD: Final = "form_owner"
HEADER: Final = "X-Form-Owner"  # of a script that does not post the form itself

_signer = signing.TimestampSigner(salt="leadportal.interrupted.owner")


def signed(user_pk: int) -> str:
    """Return the value of FIELD in the forms of this user's pages."""
    return _signer.sign(str(user_pk))


def owner_of(request: HttpRequest) -> int | None:
    """Return the key of the user for whom the posted form was made.

    None if the form does not say, has a wrong signature, or is older than any session.
    """
    try:
        value = request.POST.get(FIELD) or request.headers.get(HEADER, "")
        return int(_signer.unsign(value, max_age=settings.SESSION_COOKIE_AGE))
    except (ValueError, signing.BadSignature):
        return None
