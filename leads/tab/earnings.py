"""The public page “What would I earn?”: an estimate without a lead, with a shareable URL."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.catalog.lines import changed_lines
from leads.fields import Page, answers_in
from leads.submission.pages import DealAnswers


@login_not_required
@require_GET
def what_would_i_earn(request: HttpRequest) -> HttpResponse:
    """Show both commissions for the lines in the URL, at today's prices and terms."""
    answers = answers_in(Page.DEAL, request.GET.dict())
    changed = changed_lines(answers, request.GET.get("action", ""))
    if changed != answers:
        return redirect(f"{reverse('what_would_i_earn')}?{urlencode(changed)}#lines")
    typed = DealAnswers(answers, timezone.localdate(), offers_plans=True)
    lines = typed.lines(is_bound=bool(answers))
    context = {"lines": lines, "forms": [lines], "deal": typed.estimate()}
    return render(request, "leads/what_would_i_earn.html", context)
