"""Posting a page's form from inside the process, encoded as a browser would."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def post(client: Any, address: str, typed: Mapping[str, str], page: Any) -> Any:
    """Return the answer to what was typed into the form that `page`, a response, shows."""
    if b"multipart/form-data" in page.content:
        return client.post(address, typed)
    encoded = "application/x-www-form-urlencoded"
    return client.post(address, urlencode(typed), content_type=encoded)
