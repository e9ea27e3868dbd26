"""Signing in without the form."""

import time

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from leadportal.partners.models import User


def new_session(user: User, *, confirmed: bool = False) -> str:
    """Return the key of a session in which the user is signed in, as the cookie holds it.

    It takes two statements where `client.force_login` takes nine, and nobody is told of it:
    `last_login` stays, and no signal is sent. `confirmed`: the password was just confirmed, too.
    """
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
    )
    if confirmed:
        record = {"method": "password", "at": time.time(), "reauthenticated": True}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
        session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return session.session_key


def sign_in(client: Client, user: User, *, confirmed: bool = False) -> None:
    """Sign the user in, as if by the form; `confirmed` as if the password was confirmed, too."""
    client.cookies[settings.SESSION_COOKIE_NAME] = new_session(user, confirmed=confirmed)
