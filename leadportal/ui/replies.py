"""Files as answers."""

from django.http import HttpResponse


def file_reply(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Return the file for the browser to save as `name`, and for no cache to keep."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def pdf_reply(content: bytes, name: str) -> HttpResponse:
    """Return the PDF for the browser to save as `name`."""
    return file_reply(content, name, "application/pdf")
