"""The Leads tab: the organization's leads, one lead, and what can be done with it."""

from typing import Any
from uuid import UUID, uuid4

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from commissions import explanation
from commissions.ledger.credits import CurrentCredit
from leadportal.db.paging import PER_PAGE
from leadportal.lengths import LONGEST_SEARCH, excess
from leadportal.partners.access import partner_user
from leadportal.partners.models import User
from leads.facts import facts, history
from leads.fields import Page
from leads.models import DealLine, Draft, Lead, LeadCount
from leads.models.draft import LATEST
from leads.models.lead import BY_AGE, load_credits
from leads.search import first_found
from leads.status import DEFINITIONS, Status
from leads.status_texts import status_texts
from leads.submission import drafts, resubmission
from leads.tab.difference import difference

# How many drafts the Leads tab shows
DRAFTS_SHOWN = 5


@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    """Show the drafts to continue and the organization's leads, newest first."""
    user = partner_user(request)
    status = request.GET.get("status", "")
    query = request.GET.get("q", "").strip()
    leads = Lead.objects.visible_to(user)
    if status in Status.values:
        leads = leads.filter(status=status)
    leads = leads.prefetch_related(_lines())
    counts = dict(LeadCount.objects.filter(partner=user.partner_id).values_list("status", "count"))
    drafts_begun = list(_drafts(user)[: DRAFTS_SHOWN + 1])
    page = BY_AGE.page(
        leads,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
        found=lambda leads: _holding(leads, query, user),
    )
    load_credits(page.rows)
    context = {
        "page": page,
        "drafts": [_shown(draft) for draft in drafts_begun[:DRAFTS_SHOWN]],
        "has_more_drafts": len(drafts_begun) > DRAFTS_SHOWN,
        "filters": [(value, value.label, counts.get(value, 0)) for value in DEFINITIONS],
        "total": sum(counts.values()),
        "status": status if status in Status.values else "",
        "query": query,
        "too_long": excess(query, LONGEST_SEARCH),
    }
    return render(request, "leads/lead_list.html", context)


@require_GET
def draft_list(request: HttpRequest) -> HttpResponse:
    """Show all of the user's drafts, the latest first."""
    page = LATEST.page(
        _drafts(partner_user(request)),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {"page": page, "drafts": [_shown(draft) for draft in page.rows]}
    return render(request, "leads/draft_list.html", context)


@require_GET
def lead_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one lead to its partner."""
    user = partner_user(request)
    lead = _lead(user, reference)
    happened = history(lead)
    context: dict[str, Any] = {
        "lead": lead,
        "definition": Status(lead.status).definition,
        "texts": status_texts(lead, happened.reason),
        "facts": facts(lead, Page.CONTACT),
        "choices": facts(lead, Page.DEAL, Page.AGREEMENTS),
        "history": happened,
        "estimate": explanation.present(lead.estimate) if lead.estimate else None,
        "new_draft_id": uuid4(),
    }
    if lead.current_credit:
        context |= _credited(lead, lead.current_credit)
    return render(request, "leads/lead_detail.html", context)


@require_GET
def lead_submitted(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm that the lead was received: its reference, what happens next, and by when."""
    user = partner_user(request)
    shown = (
        *("reference", "company_name", "decision_due", "estimated_commission"),
        *("terms__decision_business_days", "submitted_by__name", "submitted_by__email"),
    )
    leads = Lead.objects.visible_to(user).select_related("terms", "submitted_by").only(*shown)
    lead = get_object_or_404(leads, reference=reference.upper())
    context = {"lead": lead, "is_own": lead.submitted_by == user}
    return render(request, "leads/lead_submitted.html", context)


@require_POST
def submit_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a new draft with the answers of a rejected or lost lead."""
    user = partner_user(request)
    lead = _lead(user, reference)
    if not status_texts(lead, history(lead).reason).can_resubmit:
        raise Http404
    # The page carries the new draft's id, so that a double click makes one draft.
    try:
        draft_id = UUID(request.POST.get("draft", ""))
    except ValueError:
        raise Http404 from None

    def begin(draft_id: UUID) -> None:
        drafts.save(
            draft_id, user, lambda typed: typed or resubmission.answers(lead), timezone.now()
        )

    try:
        begin(draft_id)
    except Draft.DoesNotExist:
        raise Http404 from None
    except drafts.Discarded:
        # An old page, whose draft was since started and discarded
        begin(draft_id := uuid4())
    return redirect("leads:page", draft_id, Page.CONTACT)


def _drafts(user: User) -> QuerySet[Draft]:
    return Draft.objects.visible_to(user).to_continue().without_answers()


def _shown(draft: Draft) -> tuple[Draft, Page]:
    """Return a draft and the page of the form on which it was saved."""
    return draft, Page(draft.page)


def _lead(user: User, reference: str) -> Lead:
    return get_object_or_404(
        Lead.objects.visible_to(user)
        .select_related("terms", "submitted_by")
        .prefetch_related(_lines()),
        reference=reference.upper(),
    )


def _credited(lead: Lead, credit: CurrentCredit) -> dict[str, Any]:
    """Return the credit as it is now, its calculation, and its difference from the estimate."""
    explained = credit.latest.explained
    is_compared = lead.estimate and explained and not credit.reversal
    return {
        "credit": credit,
        "explained": explained,
        "difference": difference(lead.estimate, credit.latest.explanation) if is_compared else None,
    }


def _holding(leads: QuerySet[Lead], query: str, user: User) -> QuerySet[Lead]:
    """Return the matches among the ordered `leads` that the first page of a search needs."""
    if not query:
        return leads
    if excess(query, LONGEST_SEARCH):
        return leads.none()
    return leads.filter(pk__in=first_found(leads, query, PER_PAGE + 1, user.partner_id))


def _lines() -> Prefetch:
    return Prefetch("lines", DealLine.objects.select_related("plan__product").order_by("position"))
