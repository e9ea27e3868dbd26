"""Names that people choose themselves and that appear in other people's emails."""

import re
from unicodedata import category

from django.core.exceptions import ValidationError

# What mail programs turn into a link: an address of the web or of mail, and a bare domain
_LINK = re.compile(r"://|www\.|@|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE)
# Control characters, line and paragraph separators
_BREAKS = ("Cc", "Zl", "Zp")


def validate_name(name: str) -> None:
    """Raise ValidationError for a name that could look like a sentence or a link in an email."""
    if any(category(character) in _BREAKS for character in name):
        raise ValidationError("Enter the name on one line.", code="line_break")
    if _LINK.search(name):
        raise ValidationError(
            "Enter a name without web or email addresses. Put a space after each period.",
            code="link",
        )


def is_plain(name: str) -> bool:
    """Return whether `validate_name` accepts the name."""
    try:
        validate_name(name)
    except ValidationError:
        return False
    return True
