"""Keeps personal pages out of caches, and clears the browser's cache after sign-out."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control


class PrivatePagesMiddleware:
    """Send `Cache-Control: no-store` with each page of a session, and clear the cache at its end.

    The session's cookie decides, not the user: reading the user would cost two queries on pages
    that need none. Everybody who has signed in or is about to (an invitation, a new password) has
    that cookie.

    `no-store` makes a browser request a page again on Back, so what was typed must come from the
    server or from portal.js. It does not keep every page out of every back/forward cache (WebKit's
    includes those of plain HTTP): `Clear-Site-Data` empties it at sign-out, and portal.js reloads
    whatever still comes out of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        name = settings.SESSION_COOKIE_NAME
        sent = response.cookies.get(name)
        if name in request.COOKIES or sent is not None:
            patch_cache_control(response, private=True, no_store=True)
        if sent is not None and not sent.value:  # the cookie is taken away
            response.headers["Clear-Site-Data"] = '"cache"'
        return response
