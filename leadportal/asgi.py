"""The ASGI application."""

import os

from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest

from leadportal.ui.bad_requests import AnyCharset


class Request(AnyCharset, ASGIRequest):
    """A request by ASGI."""


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadportal.settings")
application = get_asgi_application()
application.request_class = Request
