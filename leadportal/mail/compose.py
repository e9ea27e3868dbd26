"""How the portal writes its own mail: two templates, plain text and HTML.

`<name>.txt` extends `mail/base.txt`, `<name>.html` extends `mail/base.html`. The subject is what
stands before the first blank line of the text: there, the block `subject`. Both templates may name

- `site_url`, to make links absolute: `{{ site_url }}{% url 'lead_detail' lead.reference %}`;
- `vendor_name`, `partners_email`;
- `subject` (the HTML one), for the title.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template, render_to_string


def compose(template: str, context: Mapping[str, Any], to: str) -> EmailMultiAlternatives:
    """Return an unsent mail to the address `to`, from the portal; answers reach the partner team.

    `template` names both files without their extension, such as `leads/mail/lead_won`. Raises
    TemplateDoesNotExist where one of them is missing, ValueError on an empty subject or text.
    """
    known = {
        "site_url": settings.SITE_URL,
        "vendor_name": settings.VENDOR_NAME,
        "partners_email": settings.PARTNERS_EMAIL,
    } | dict(context)
    subject, text = _subject_and_text(_render_text(f"{template}.txt", known))
    if not subject or not text:
        raise ValueError(f"{template}.txt needs a subject, a blank line and a text.")
    message = EmailMultiAlternatives(
        subject, text, settings.DEFAULT_FROM_EMAIL, [to], reply_to=[settings.PARTNERS_EMAIL]
    )
    message.attach_alternative(
        render_to_string(f"{template}.html", known | {"subject": subject}), "text/html"
    )
    return message


def _render_text(name: str, context: dict[str, Any]) -> str:
    # Plain text has nothing to escape: "Smith & Sons" must not become "Smith &amp; Sons".
    template = get_template(name)
    assert isinstance(template, Template)  # noqa: S101 - the project has no other engine
    return template.template.render(Context(context, autoescape=False))


def _subject_and_text(rendered: str) -> tuple[str, str]:
    # A header of several lines would be refused: a company's name may have brought a line break.
    subject, _, text = rendered.strip().partition("\n\n")
    return " ".join(subject.split()), text.strip() + "\n" if text.strip() else ""
