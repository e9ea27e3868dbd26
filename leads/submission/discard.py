"""Discarding a draft, and the responses of a discarded draft's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from leadportal.partners.access import partner_user
from leads.models import Draft
from leads.submission import drafts

View = Callable[..., HttpResponseBase]


def answer_discarded(view: View) -> View:
    """Make the view answer 410 with an explanation if the draft was discarded."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except drafts.Discarded:
            return discarded_page(request)

    return answered


def discarded_page(request: HttpRequest, **unsaved: Any) -> HttpResponse:
    """Respond that the draft was discarded.

    If a page was posted, `unsaved` has its `page`, what was `typed` on it, and the `draft_id` of a
    new draft that the author can save it as.
    """
    return render(request, "leads/draft_discarded.html", unsaved, status=410)


@require_http_methods(["GET", "HEAD", "POST"])
@answer_discarded
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask for confirmation, then discard a draft. A submitted draft redirects to its lead."""
    user = partner_user(request)
    try:
        if request.method == "POST":
            draft: Draft | None = drafts.discard(draft_id, user, timezone.now())
        else:
            draft = drafts.get_draft(draft_id, user)
    except Draft.DoesNotExist:
        raise Http404 from None
    if draft is None:
        raise Http404
    if draft.lead is not None:
        messages.warning(request, "This draft has already been submitted.")
        return redirect("leads:submitted", draft.lead.reference)
    if request.method == "POST":
        messages.success(request, "The draft was discarded.")
        return redirect("leads:list")
    return render(request, "leads/draft_discard.html", {"draft": draft})
