"""What a page says, as a person reads it."""

import re
from typing import Any


def title(response: Any) -> str:
    """Return what stands in the browser's tab."""
    found = re.search(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL)
    assert found
    return found[1]


def text(response: Any) -> str:
    """Return the page's words, without tags, and with one space between."""
    without_tags = re.sub(r"<[^>]*>", " ", response.content.decode())
    return re.sub(r"\s+", " ", without_tags)
