"""The WSGI application, for gunicorn."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

from leadportal.ui.bad_requests import AnyCharset


class Request(AnyCharset, WSGIRequest):
    """A request by WSGI."""


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadportal.settings")
application = get_wsgi_application()
application.request_class = Request
