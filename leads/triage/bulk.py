"""Many leads at once: the list's actions, their page between, the steps, and the report."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html

from leadportal.partners.access import staff_user
from leads.decisions import Outcome, decide, why_not
from leads.models import Lead
from leads.status import TRANSITIONS, Status, is_final
from leads.triage.decide import next_link
from leads.triage.forms import DecisionForm
from leads.triage.progress import Progress
from leads.triage.queue import next_in_queue
from leads.triage.selection import Selection
from leads.triage.typed_decision import TypedDecision

if TYPE_CHECKING:
    from leads.triage.admin import LeadAdmin

STEP = 1_000  # leads by one request: one transaction, one mail each
NAMED = 20  # leads by name on the page between


@admin.action(permissions=["decide"], description="Approve selected leads")
def approve_selected(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead]
) -> HttpResponse:
    """Approve the leads chosen in the list."""
    return _decide_many(lead_admin, request, queryset, Status.APPROVED)


@admin.action(permissions=["decide"], description="Reject selected leads")
def reject_selected(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead]
) -> HttpResponse:
    """Reject the leads chosen in the list, all for one reason."""
    return _decide_many(lead_admin, request, queryset, Status.REJECTED)


def _decide_many(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead], to: Status
) -> HttpResponse:
    selection = Selection(request, queryset, to)
    pressed = request.POST.get("do")
    if pressed == "decide":
        form = DecisionForm(request.POST, to=to)
        if form.is_valid():
            return _step(lead_admin, request, selection, form)
    example = selection.example
    if example is None or not (pressed or to in TRANSITIONS[example.status]):
        messages.warning(request, f"None of these leads can become {to.label}.")
        return lead_admin.to_here(request)
    typed = request.POST.dict() if pressed else None
    decision = TypedDecision(example, to, timezone.localdate(), typed, is_checked=bool(pressed))
    context = {
        "to": to,
        "typed": decision,
        "forms": decision.forms,
        "is_of_many": True,
        "is_final": is_final(to),
    }
    if "HX-Request" in request.headers:
        return render(request, "admin/leads/_decision_preview.html", context)
    context |= _between(request, selection)
    title = f"{to.definition.verb} {_leads(selection.counts.total)}"
    return lead_admin.render(request, "admin/leads/lead/decide_many.html", title, context)


def _between(request: HttpRequest, selection: Selection) -> dict[str, Any]:
    """Return what the page between says of the leads; nothing is decided yet."""
    total = selection.counts.total
    named = selection.leads.select_related("partner")[:NAMED]
    progress = Progress(seen=total)
    return {
        "counts": selection.counts,
        "named": [(lead, selection.to in TRANSITIONS[lead.status]) for lead in named],
        "unnamed": max(0, total - NAMED),
        "step": STEP if total > STEP else None,
        "here": _here(request),
        "carried": [*_action(selection), *progress.carried()],
    }


def _step(
    lead_admin: "LeadAdmin", request: HttpRequest, selection: Selection, form: DecisionForm
) -> HttpResponse:
    """Decide the next STEP leads; show how far that has come, or what became of all of them."""
    before = Progress.of(request)
    ids, more = selection.ids_after(before.after, STEP)
    outcomes = decide(Lead.objects.filter(pk__in=ids), form.decision(), staff_user(request))
    progress = before.further(outcomes)
    if not more:
        named = [outcome.lead for outcome in outcomes if outcome.moved]
        return _report(lead_admin, request, selection.to, progress, [] if before.done else named)
    typed = [(name, form.cleaned_data[name]) for name in form.fields]
    context = {
        "to": selection.to,
        "progress": progress,
        "step": STEP,
        "here": _here(request),
        "carried": [*_action(selection), *progress.carried(), *typed, ("do", "decide")],
    }
    title = f"{selection.to.definition.verb} {_leads(progress.seen)}"
    return lead_admin.render(request, "admin/leads/lead/deciding_many.html", title, context)


def _action(selection: Selection) -> list[tuple[str, object]]:
    return [("action", f"{selection.to.definition.slug}_selected"), *selection.carried()]


def _here(request: HttpRequest) -> str:
    """Return the filtered list's address; a page of it may be gone before all are decided."""
    filters = request.GET.copy()
    filters.pop(PAGE_VAR, None)
    return f"{request.path}?{filters.urlencode()}" if filters else request.path


def _leads(count: int) -> str:
    return "1 lead" if count == 1 else f"{count:,} leads"


def _report(
    lead_admin: "LeadAdmin",
    request: HttpRequest,
    to: Status,
    progress: Progress,
    moved: list[Lead],
) -> HttpResponse:
    """Say what became of the leads; `moved` are those to name, none after several steps."""
    next_lead = next_in_queue()
    if not progress.refused and not progress.left:
        done = f"{_leads(progress.moved)} {'is' if progress.moved == 1 else 'are'}"
        said = format_html("{} now {}.{}", done, to.label, next_link(next_lead))
        messages.success(request, said)
        return lead_admin.to_here(request)
    stayed = Lead.objects.filter(pk__in=progress.problems).select_related("partner")
    problems = list(stayed.order_by("submitted_at", "pk"))
    words = why_not(problems, to)
    context = {
        "to": to,
        "progress": progress,
        "moved": moved,
        "problems": [Outcome(lead, words[lead.pk]) for lead in problems],
        "next_lead": next_lead,
        "here": _here(request),
    }
    total = max(progress.seen, progress.done)
    title = f"{progress.moved:,} of {total:,} leads moved"
    response = lead_admin.render(request, "admin/leads/lead/decided_many.html", title, context)
    # In place of the whole page, where the steps before replaced only what they have changed.
    response["HX-Retarget"] = response["HX-Reselect"] = "#content"
    return response
