"""The drafts of people who left an organization, for its owners to finish."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from leadportal.partners.access import owner
from leads.models import Draft
from leads.models.draft import LATEST
from leads.submission import drafts


@require_GET
def left_behind(request: HttpRequest) -> HttpResponse:
    """Show an owner the drafts of people who can no longer finish them."""
    found = Draft.objects.left_behind(owner(request)).without_answers().select_related("author")
    page = LATEST.page(
        found, before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    return render(request, "leads/draft_left_behind.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Ask for confirmation, then make the draft the owner's and open it."""
    user = owner(request)
    if request.method != "POST":
        found = Draft.objects.left_behind(user).without_answers().select_related("author")
        draft = get_object_or_404(found, pk=draft_id)
        return render(request, "leads/draft_take_over.html", {"draft": draft})
    try:
        draft = drafts.take_over(draft_id, user, timezone.now())
    except Draft.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"“{draft}” is your draft now.")
    return redirect("leads:resume", draft.pk)
