"""How templates write money and time. Built in: no `{% load %}` needed."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from leadportal import money

register = template.Library()

register.filter("usd", money.usd)


@register.filter
def moment(at: datetime) -> SafeString:
    """Return a `<time>` with the moment and how long ago: `10 Nov 2026, 16:40 · 2 hours ago`."""
    local = timezone.localtime(at)
    elapsed = timesince(at).split(",")[0]
    return format_html(
        '<time datetime="{}">{} <span class="relative">· {} ago</span></time>',
        at.isoformat(),
        date_format(local, "j M Y, H:i"),
        elapsed,
    )
