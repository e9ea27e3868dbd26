"""HEAD answers like GET, on every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class HeadMiddleware:
    """Let the views answer HEAD as they answer GET; the server leaves out the body.

    Views that admit certain methods, such as those marked `require_GET`, need not name it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        try:
            return self.get_response(request)
        finally:
            request.method = "HEAD"  # by it the server knows
