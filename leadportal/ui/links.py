"""Links for the email address, phone number or domain of a person or company."""

from urllib.parse import quote

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadportal.domains import readable_email

register = template.Library()


@register.filter
def email_url(address: str) -> str:
    """Return a `mailto:` URL with this address and nothing else."""
    return f"mailto:{quote(address, safe='@+')}"


@register.filter
def phone_url(number: str) -> str:
    """Return a `tel:` URL of a number in E.164, as RFC 3966 writes it, its extension included."""
    return f"tel:{quote(number, safe='+;=')}"


@register.filter
def site_url(domain: str) -> str:
    """Return the URL of the website at a domain."""
    return f"https://{quote(domain, safe='')}/"


@register.filter
def email_link(address: str) -> SafeString:
    """Return a link that writes to the address, shown as people write it."""
    return format_html('<a href="{}">{}</a>', email_url(address), readable_email(address))
