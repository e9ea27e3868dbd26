"""Whether a request was made by a page of the portal itself, and which one."""

from urllib.parse import SplitResult, unquote, urlsplit

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path, iri_to_uri
from django.utils.http import escape_leading_slashes


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this origin has sent the request.

    All of its headers must agree; a browser that says nothing is not trusted.
    """
    headers = request.headers
    said = [headers[name] == "same-origin" for name in ("Sec-Fetch-Site",) if name in headers] + [
        _is_ours(request, headers[name]) for name in ("Origin", "Referer") if name in headers
    ]
    return bool(said) and all(said)


def is_by_script(request: HttpRequest) -> bool:
    """Return whether a script sent the request, rather than the browser to show a page."""
    headers = request.headers
    return "HX-Request" in headers or headers.get("X-Requested-With") == "XMLHttpRequest"


def page_of(request: HttpRequest) -> str:
    """Return the path and query of the page with the form; those of the request if unknown."""
    url = _split(request.headers.get("Referer", ""))
    if url is None or not url.path or not _is_ours(request, url.geturl()):
        return request.get_full_path()
    path = escape_leading_slashes(escape_uri_path(unquote(url.path)))
    return f"{path}?{iri_to_uri(url.query)}" if url.query else path


def _is_ours(request: HttpRequest, address: str) -> bool:
    url = _split(address)
    return url is not None and (url.scheme, url.netloc) == (request.scheme, request.get_host())


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
