"""Statements as PDF."""

from commissions.statements.statement import Statement
from leadportal.ui.pdf.render import render_pdf


def statement(shown: Statement) -> bytes:
    """Return the statement as a PDF. For a period that is over, it is always the same bytes."""
    context = {"statement": shown}
    return render_pdf(shown.title, "commissions/_statement.html", context, at=shown.as_of)
