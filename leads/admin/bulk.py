"""Many leads at once: the list's actions, their page between, and the report of what moved."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Case, Count, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html

from leadportal.admin_pages import number
from leads.admin.decide import next_link
from leads.admin.decision_page import DecisionPage
from leads.admin.move import MOVES, Move
from leads.decisions import Outcome, decide
from leads.models import Lead
from leads.status import TRANSITIONS, Status

if TYPE_CHECKING:
    from leads.admin.lead import LeadAdmin

MOST = 1_000  # leads by one decision: one transaction, one mail each
NAMED = 20  # leads by name on the page between


@dataclass(frozen=True, slots=True)
class Selection:
    """The leads chosen in the list.

    Chosen one by one, they are the ids that the form carries. Chosen all together, they are those
    that the list's filters hold, up to the newest lead that was there when the page was shown:
    nobody decides a lead that has come in since.
    """

    ids: list[int]
    is_across: bool
    up_to: int

    @classmethod
    def of(cls, request: HttpRequest, filtered: QuerySet[Lead]) -> "Selection":
        """Return what the request has chosen out of the filtered list, at most 1,001 leads."""
        is_across = request.POST.get("select_across") == "1"
        if is_across:
            shown_up_to = number(request.POST.get("up_to", ""))
            if shown_up_to is not None:
                filtered = filtered.filter(pk__lte=shown_up_to)
            leads = filtered.order_by("submitted_at", "pk")
        else:
            # Not out of the filtered list: who was decided meanwhile must be in the report.
            chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
            leads = Lead.objects.filter(pk__in=chosen).order_by("submitted_at", "pk")
        ids = list(leads.values_list("pk", flat=True)[: MOST + 1])
        return cls(ids, is_across, max(ids, default=0))

    @property
    def carried_ids(self) -> list[int]:
        """The ids for the form: all of them, or one in the name of all that the filters hold."""
        return self.ids[:1] if self.is_across else self.ids

    @property
    def leads(self) -> QuerySet[Lead]:
        """Exactly these leads, whatever their status has become."""
        return Lead.objects.filter(pk__in=self.ids)


@admin.action(permissions=["decide"], description="Approve selected leads")
def approve_selected(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead]
) -> HttpResponse:
    """Approve the leads chosen in the list."""
    return _decide_many(lead_admin, request, queryset, MOVES[Status.APPROVED])


@admin.action(permissions=["decide"], description="Reject selected leads")
def reject_selected(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead]
) -> HttpResponse:
    """Reject the leads chosen in the list, all for one reason."""
    return _decide_many(lead_admin, request, queryset, MOVES[Status.REJECTED])


def _decide_many(
    lead_admin: "LeadAdmin", request: HttpRequest, queryset: QuerySet[Lead], move: Move
) -> HttpResponse:
    selection = Selection.of(request, queryset)
    pressed = request.POST.get("do")
    example = _example(selection, move)
    if example is None or not (pressed or move.is_open_to(example)):
        messages.warning(request, f"None of these leads can become {move.to.label}.")
        return lead_admin.to_here(request)
    if len(selection.ids) > MOST:
        messages.warning(
            request, f"At most {MOST:,} leads are decided at once. Filter the list first."
        )
        return lead_admin.to_here(request)
    page = DecisionPage(
        example,
        move,
        timezone.localdate(),
        request.POST.dict() if pressed else None,
        is_checked=bool(pressed),
    )
    if pressed == "decide" and page.is_valid():
        outcomes = decide(selection.leads, page.decision(), lead_admin.actor(request))
        return _report(lead_admin, request, move, outcomes, _left(request, selection))
    context = _context(selection, move, page)
    if "HX-Request" in request.headers:
        return render(request, "admin/leads/_decision_live.html", context)
    title = f"{move.verb} {len(selection.ids):,} lead{'s' if len(selection.ids) > 1 else ''}"
    return lead_admin.render(request, "admin/leads/lead/decide_many.html", title, context)


def _example(selection: Selection, move: Move) -> Lead | None:
    """Return the lead whose partner's mail is shown: the first that the move is open to, if any."""
    open_from = [status for status, targets in TRANSITIONS.items() if move.to in targets]
    is_decided = Case(When(status__in=open_from, then=Value(0)), default=Value(1))
    leads = selection.leads.select_related("partner", "submitted_by", "terms")
    return leads.order_by(is_decided, "submitted_at", "pk").first()


def _context(selection: Selection, move: Move, page: DecisionPage) -> dict[str, object]:
    counts = dict(selection.leads.order_by().values_list("status").annotate(Count("pk")))
    movable = sum(count for status, count in counts.items() if move.to in TRANSITIONS[status])
    named = selection.leads.select_related("partner").order_by("submitted_at", "pk")[:NAMED]
    return {
        "move": move,
        "page": page,
        "forms": page.forms,
        "errors": page.is_checked and not page.is_valid(),
        "selection": selection,
        "action": f"{move.slug}_selected",
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "total": len(selection.ids),
        "movable": movable,
        "unmovable": len(selection.ids) - movable,
        "named": [(lead, move.is_open_to(lead)) for lead in named],
        "unnamed": max(0, len(selection.ids) - NAMED),
    }


def _left(request: HttpRequest, selection: Selection) -> int:
    """Return how many leads have left the filters since the page was shown."""
    seen = number(request.POST.get("seen", "")) or 0
    return max(0, seen - len(selection.ids)) if selection.is_across else 0


def _report(
    lead_admin: "LeadAdmin", request: HttpRequest, move: Move, outcomes: list[Outcome], left: int
) -> HttpResponse:
    moved = [outcome.lead for outcome in outcomes if outcome.moved]
    problems = [outcome for outcome in outcomes if not outcome.moved]
    next_lead = lead_admin.next_in_queue()
    if not problems and not left:
        done = "1 lead is" if len(moved) == 1 else f"{len(moved):,} leads are"
        said = format_html("{} now {}.{}", done, move.to.label, next_link(next_lead))
        messages.success(request, said)
        return lead_admin.to_here(request)
    context = {
        "move": move,
        "moved": moved,
        "problems": problems,
        "left": left,
        "next_lead": next_lead,
    }
    title = f"{len(moved):,} of {len(moved) + len(problems) + left:,} leads moved"
    return lead_admin.render(request, "admin/leads/lead/decided_many.html", title, context)
