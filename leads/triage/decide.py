"""The page of one lead's move: GET shows what it asks for, POST decides."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commissions.catalog.final_lines import typed_lines
from commissions.catalog.lines import PREFIX, changed_lines
from commissions.ledger.errors import LedgerError
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leads.decisions import DecisionError, Outcome, decide, why_not
from leads.models import Lead
from leads.status import Status
from leads.triage.decision_page import DecisionPage
from leads.triage.move import Move

if TYPE_CHECKING:
    from leads.triage.admin import LeadAdmin


def decide_lead(
    lead_admin: "LeadAdmin", request: HttpRequest, lead_id: int, *, move: Move
) -> HttpResponse:
    """Show the move's page or make the move. Raises PermissionDenied without `decide_lead`."""
    if not lead_admin.has_decide_permission(request):
        raise PermissionDenied
    lead = lead_admin.found(request, lead_id)
    if lead is None:
        return lead_admin.to_missing(request, lead_id)
    page = _page(request, lead, move)
    pressed = request.POST.get("do")
    if pressed == "decide" and page.is_valid():
        try:
            chosen = Lead.objects.filter(pk=lead.pk)
            outcomes = decide(chosen, page.decision(), staff_user(request))
        except (DecisionError, LedgerError) as error:
            page.form.add_error(None, str(error))
        else:
            return _decided(lead_admin, request, move, outcomes[0])
    if not move.is_open_to(lead):
        return _refused(lead_admin, request, lead, why_not([lead], move.to)[lead.pk])
    context = {
        "lead": lead,
        "move": move,
        "page": page,
        "forms": page.forms,
        "errors": page.is_checked and not page.is_valid(),
    }
    if "HX-Request" in request.headers:
        return render(request, "admin/leads/_decision_live.html", context)
    title = f"{move.verb}: {lead.company_name}"
    return lead_admin.render(request, "admin/leads/lead/decide.html", title, context)


def _page(request: HttpRequest, lead: Lead, move: Move) -> DecisionPage:
    today = timezone.localdate()
    if request.method != "POST":
        return DecisionPage(lead, move, today, is_checked=False)
    posted = request.POST.dict()
    pressed = posted.get("do", "")
    # Of the lines only what the form has: a forged one may be the millionth.
    others = {name: typed for name, typed in posted.items() if not name.startswith(PREFIX)}
    answers = changed_lines(others | typed_lines(posted), pressed)
    return DecisionPage(lead, move, today, answers, is_checked=pressed in ("decide", "preview"))


def _decided(
    lead_admin: "LeadAdmin", request: HttpRequest, move: Move, outcome: Outcome
) -> HttpResponse:
    lead = outcome.lead
    if not outcome.moved:
        return _refused(lead_admin, request, lead, outcome.problem)
    said = format_html(
        '<a href="{}">{}</a> is now {}.{}{}',
        reverse("admin:leads_lead_change", args=[lead.pk]),
        lead,
        move.to.label,
        _credited(lead),
        next_link(lead_admin.next_in_queue()),
    )
    messages.success(request, said)
    return lead_admin.to_list(request)


def _refused(
    lead_admin: "LeadAdmin", request: HttpRequest, lead: Lead, problem: str
) -> HttpResponse:
    messages.error(request, f"{lead}: {problem}")
    return lead_admin.to_row(request, lead)


def _credited(lead: Lead) -> str:
    if lead.status != Status.WON or lead.credit is None:
        return ""
    return f" {usd(lead.credit.amount)} was credited to {lead.partner}."


def next_link(lead: Lead | None) -> SafeString:
    """Return the words, with a link, that lead on to the next lead of the queue."""
    if lead is None:
        return SafeString(" No other lead waits for a decision.")
    url = reverse("admin:leads_lead_change", args=[lead.pk])
    return format_html(' <a href="{}">Next in the queue: {}</a>', url, lead.company_name)
