"""The home page: what a lead is, what it pays, and how it proceeds. Open to everyone."""

from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.calculator import CommissionType, Estimate, percent
from commissions.catalog import price_list
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leads.fields import Page
from leads.status_texts import guide

# Two worked examples: product and plan by their codes, five agents each, paid annually.
EXAMPLES = (
    (("livechat", "business"),),
    (("livechat", "business"), ("helpdesk", "team")),
)
AGENTS = 5


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the guidance, with the terms and the price list of today."""
    today = timezone.localdate()
    terms = CommissionTerms.objects.in_force(today)
    return render(
        request,
        "home.html",
        {
            "page_count": len(Page),
            "terms": terms,
            "share": percent(terms.share_percent),
            "break_even": terms.as_calculated().break_even,
            "statuses": guide(),
            "examples": [_shown(example) for example in _examples(terms, today)],
        },
    )


def _examples(terms: CommissionTerms, day: date) -> list[Estimate]:
    plans = {(plan.product.code, plan.code): plan for plan in Plan.objects.offered()}
    chosen = [
        [Choice(plans[code], AGENTS, BillingCycle.ANNUAL) for code in example]
        for example in EXAMPLES
        if all(code in plans for code in example)
    ]
    lines = iter(price_list.price_lines([choice for deal in chosen for choice in deal], day))
    return [Estimate(tuple(next(lines) for _ in deal), terms.as_calculated()) for deal in chosen]


def _shown(estimate: Estimate) -> dict[str, object]:
    return {
        "lines": estimate.lines,
        "annual_value": estimate.annual_value,
        "share_words": estimate.words(CommissionType.REV_SHARE),
        "flat_fee": estimate.flat_fee,
        "better": estimate.better,
    }
