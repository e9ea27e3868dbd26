"""A PDF from the template that the screen shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from leadportal.ui.pdf.blocks import blocks_of


def render_pdf(title: str, template: str, context: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the rendered template as a PDF dated `at`: the same bytes for the same arguments."""
    # It loads half a second's worth of font tools, which only a document should cost.
    from leadportal.ui.pdf import paper

    html = render_to_string(template, {**context, "vendor_name": settings.VENDOR_NAME})
    return paper.draw(title, blocks_of(html), sender=settings.VENDOR_NAME, at=at)
