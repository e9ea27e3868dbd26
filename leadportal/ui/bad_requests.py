"""Requests that no page can answer are the client's error (400), never the server's (500)."""

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.core.handlers.exception import response_for_exception
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_header_parameters

NUL = "\x00"

logger = logging.getLogger(__name__)


class AnyCharset:
    """A request whose charset is noted and not used: BadRequestMiddleware refuses all but UTF-8.

    Django decodes the query by it while the request is made, where nothing answers an error.
    """

    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        self.content_type, self.content_params = parse_header_parameters(
            meta.get("CONTENT_TYPE", "")
        )


class BadRequestMiddleware:
    """Refuse what cannot be read, and what the database cannot compare or store.

    Forms refuse such values with a message beside the field. This is for everything that does not
    go through a form: headers, cookies, and parameters of an address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request. Raises BadRequest where its charset or a cookie is unreadable."""
        if not _is_utf8((request.content_params or {}).get("charset", "utf-8")):
            raise BadRequest("Send the request in UTF-8.")
        # A quoted cookie may hold any character; the session's key is looked up in the database.
        if any(NUL in value for value in request.COOKIES.values()):
            raise BadRequest("A cookie holds a null character.")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 400 where the database could not take a value; leave other errors alone."""
        if not _is_about_a_value(exception):
            return None
        # With its traceback: a value may be too large because of a defect, too.
        logger.warning("The database refused a value: %s", exception, exc_info=exception)
        return response_for_exception(request, BadRequest("A value is out of range."))


def _is_utf8(charset: str) -> bool:
    return charset.strip().lower() in ("utf-8", "utf8")


def _is_about_a_value(exception: Exception) -> bool:
    """Return whether a database refused a number too large for it, or text with a NUL.

    PostgreSQL reports both as DataError, its driver a NUL as ValueError, and SQLite's driver a
    large number as OverflowError.
    """
    is_nul = isinstance(exception, ValueError) and "NUL (0x00)" in str(exception)
    return is_nul or isinstance(exception, (DataError, OverflowError))
