"""What every template may name."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def portal(request: HttpRequest) -> dict[str, str]:
    """Return the vendor's name, the partners' contact address and the chosen theme."""
    theme = request.COOKIES.get("theme", "")
    return {
        "vendor_name": settings.VENDOR_NAME,
        "partners_email": settings.PARTNERS_EMAIL,
        "theme": theme if theme in THEMES else "auto",
    }
