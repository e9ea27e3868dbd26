"""Composes the portal's emails from two templates, plain text and HTML.

`<name>.txt` extends `mail/base.txt`, `<name>.html` extends `mail/base.html`. The subject is what
stands before the first blank line of the text: there, the block `subject`. Both templates may name

- `site_url`, to make links absolute: `{{ site_url }}{% url 'lead_detail' lead.reference %}`;
- `vendor_name`, `partners_email`;
- `subject` (the HTML one), for the title.

A name in the subject is marked, `{{ lead.company_name|named }}`, so that it is shortened where the
subject is too long (`leadportal.mail.subjects`).

What they insert is isolated: right-to-left text and characters such as U+202E change the order of
nothing else (`leadportal.mail.templates`). In the HTML no line ends within a reference, such as
LD-7KQ2M9XA, or behind the sign of an amount below zero.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template, render_to_string

from leadportal.mail.subjects import fitted, unmarked

# The engine of the settings that isolates what the templates insert
ENGINE = "mail"

# Outside of tags
_KEPT_TOGETHER = re.compile(r"(?:−\$[\d,.]*\d|\b[A-Z]{1,3}-[0-9A-Z]{4,8}(?:-\d+)?\b)(?![^<>]*>)")


def compose(template: str, context: Mapping[str, Any], to: str) -> EmailMultiAlternatives:
    """Return an unsent email to the address `to`; the outbox sets the reply address.

    `template` names both files without their extension, such as `leads/mail/lead_decided`. Raises
    TemplateDoesNotExist if one of them is missing, ValueError for an empty subject or text.
    """
    known = {
        "site_url": settings.SITE_URL,
        "vendor_name": settings.VENDOR_NAME,
        "partners_email": settings.PARTNERS_EMAIL,
    } | dict(context)
    subject, text = _subject_and_text(_render_text(f"{template}.txt", known))
    if not subject or not text:
        raise ValueError(f"{template}.txt needs a subject, a blank line and a text.")
    message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
    html = render_to_string(f"{template}.html", known | {"subject": subject}, using=ENGINE)
    message.attach_alternative(_kept_together(unmarked(html)), "text/html")
    return message


def _render_text(name: str, context: dict[str, Any]) -> str:
    # Plain text has nothing to escape: "Smith & Sons" must not become "Smith &amp; Sons".
    template = get_template(name, using=ENGINE)
    assert isinstance(template, Template)  # noqa: S101 - the project has no other engine
    return template.template.render(Context(context, autoescape=False))


def _kept_together(html: str) -> str:
    head, end, body = html.partition("</head>")
    return head + end + _KEPT_TOGETHER.sub(r'<span class="nowrap">\g<0></span>', body)


def _subject_and_text(rendered: str) -> tuple[str, str]:
    subject, _, text = rendered.strip().partition("\n\n")
    return fitted(subject), unmarked(text).strip() + "\n" if text.strip() else ""
