"""Responses with files."""

from django.http import HttpResponse

from leadportal.ui.documents.model import Document


def file_reply(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return the file for the browser to save as `name`; no cache stores it."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def pdf_reply(document: Document, name: str) -> HttpResponse:
    """Return the document as PDF for the browser to save as `name`."""
    # Loading the tools for fonts takes half a second, which only a PDF should cost.
    from leadportal.ui.documents.paper import to_pdf

    return file_reply(to_pdf(document), name, "application/pdf")
