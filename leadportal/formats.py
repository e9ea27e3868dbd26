"""How templates write money and time. Built in: no `{% load %}` needed."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from leadportal import money

register = template.Library()

register.filter("usd", money.usd)


@register.filter
def moment(at: datetime) -> SafeString:
    """Return a `<time>` with the moment and how long ago: `10 Nov 2026, 16:40 · 2 hours ago`."""
    return _time(at, "j M Y, H:i", " · ")


@register.filter
def day(at: datetime) -> SafeString:
    """Return a `<time>` for narrow columns: the day, below it how long ago."""
    return _time(at, "j M Y", mark_safe("<br>"))


@register.filter
def breakable(email: str) -> SafeString:
    """Return an email address that a narrow column breaks behind its @, not inside a word."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in email.split("@")))


def _time(at: datetime, form: str, between: str) -> SafeString:
    is_new = timezone.now() - at < timedelta(minutes=1)
    return format_html(
        '<time datetime="{}">{}<span class="relative">{}{}</span></time>',
        at.isoformat(),
        date_format(timezone.localtime(at), form),
        between,
        "just now" if is_new else f"{timesince(at).split(',')[0]} ago",
    )
