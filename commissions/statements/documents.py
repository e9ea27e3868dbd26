"""Statements and remittances as PDF, from the very templates that the screen shows."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from commissions.payouts.models import Withdrawal
from commissions.statements.statement import Statement
from leadportal.ui.pdf.blocks import blocks_of


def statement(shown: Statement) -> bytes:
    """Return the statement as a PDF. That of a period that is over is the same bytes for ever."""
    return _pdf(shown.title, "commissions/_statement.html", {"statement": shown}, at=shown.as_of)


def remittance(withdrawal: Withdrawal) -> bytes:
    """Return the document of a withdrawal, as it stands: asked for, paid or returned."""
    latest = withdrawal.returned_at or withdrawal.paid_at or withdrawal.requested_at
    return _pdf(
        f"Remittance for withdrawal {withdrawal.number}",
        "commissions/_remittance.html",
        {"withdrawal": withdrawal},
        at=latest,
    )


def _pdf(title: str, template: str, context: dict[str, Any], *, at: datetime) -> bytes:
    # It brings half a second's worth of font tools, which only a document should cost.
    from leadportal.ui.pdf import paper

    html = render_to_string(template, context | {"vendor_name": settings.VENDOR_NAME})
    return paper.draw(title, blocks_of(html), sender=settings.VENDOR_NAME, at=at)
