"""The template context of every page."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def portal(request: HttpRequest) -> dict[str, str]:
    """Return the portal's and the vendor's names and addresses, and the chosen theme."""
    theme = request.COOKIES.get("theme", "")
    return {
        "site_url": settings.SITE_URL,
        "vendor_name": settings.VENDOR_NAME,
        "partners_email": settings.PARTNERS_EMAIL,
        "partner_app_url": settings.PARTNER_APP_URL,
        "theme": theme if theme in THEMES else "auto",
    }
