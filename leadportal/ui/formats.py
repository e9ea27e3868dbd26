"""How templates write money and time. Built in: no `{% load %}` needed."""

from datetime import date, datetime, timedelta
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from leadportal import money
from leadportal.domains import readable_email
from leadportal.ui import bidi

register = template.Library()

UNITS = (
    ("week", timedelta(weeks=1)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)

register.filter("usd", money.usd)
register.filter("readable", readable_email)


@register.filter
def isolate(value: object) -> object:
    """Return text so that it does not reorder what is beside it.

    Values that are not text, and HTML made by templates, are returned unchanged.
    """
    if isinstance(value, str) and not isinstance(value, SafeString):
        return bidi.isolate(value)
    return value


@register.filter
def moment(at: datetime) -> SafeString:
    """Return a `<time>` with the moment and how long ago: `10 Nov 2026, 16:40 · 2 hours ago`."""
    return _time(at, ", %H:%M", " · ")


@register.filter
def day(at: datetime) -> SafeString:
    """Return a `<time>` for narrow columns: the day, below it how long ago."""
    return _time(at, "", "<br>")


def day_in_words(at: date) -> str:
    """Return a day, or that of a moment, inside a sentence, such as 10 Nov 2026."""
    return date_format(timezone.localtime(at) if isinstance(at, datetime) else at, "j M Y")


def date_and_time(at: datetime | None) -> str:
    """Return a moment inside a sentence, such as 10 Nov 2026, 16:40; nothing for None."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""


def day_of(at: datetime) -> str:
    """Return the day of a moment inside a sentence, such as 10 Nov 2026."""
    return date_format(timezone.localtime(at))


@register.filter
def day_of_year(on: date) -> str:
    """Return a day without its year, such as 25 Nov, that no line's end takes apart."""
    return f"{on.day}\u00a0{on:%b}"


@register.simple_tag
def status(tone: str, label: str) -> SafeString:
    """Return the badge of a status: its label, and its tone as a color and a shape."""
    return mark_safe(f'<span class="status status-{escape(tone)}">{escape(label)}</span>')  # noqa: S308


@register.filter
def suspended(partner: Any) -> SafeString:
    """Return the badge of a suspended partner, nothing for another."""
    return status("refused", "Suspended") if partner.is_suspended else SafeString("")


@register.filter
def breakable(email: str) -> SafeString:
    """Return an email address that a narrow column breaks after its @, not inside a word."""
    parts = readable_email(email).split("@")
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in parts))


def _time(at: datetime, clock: str, between: str) -> SafeString:
    local = timezone.localtime(at)
    # HTML knows no microseconds. No part of it needs to be escaped.
    machine = at.isoformat(timespec="seconds")
    return mark_safe(  # noqa: S308
        f'<time datetime="{machine}">{local.day} {local:%b %Y{clock}}'
        f'<span class="relative">{between}{_ago(at, timezone.now())}</span></time>'
    )


def _ago(at: datetime, now: datetime) -> str:
    """Return how long ago a moment was, in the largest unit that fits.

    The result is that of Django's `timesince`, which computes every unit and is slow in long lists.
    """
    elapsed = now - at
    if elapsed < timedelta(minutes=1):
        return "just now"
    months = 12 * (now.year - at.year) + now.month - at.month
    months -= (at.day, at.time()) > (now.day, now.time())
    if months >= 12:
        return _counted(months // 12, "year")
    if months:
        return _counted(months, "month")
    name, unit = next((name, unit) for name, unit in UNITS if elapsed >= unit)
    return _counted(elapsed // unit, name)


def _counted(count: int, name: str) -> str:
    return f"{count}\u00a0{name}{'s' if count > 1 else ''} ago"
