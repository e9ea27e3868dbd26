"""Wins that a second person has to approve: which ones, and what of them is stored until then."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery

from commissions.calculator import Estimate
from commissions.catalog.price_list import Choice, unusual_prices
from leadportal.approvals.models import State
from leadportal.money import usd
from leads.models import EventText, Lead, LeadEvent, PendingWinText
from leads.status import Status

SLUG = "win"  # of the kind of approval

UNUSUAL_ESTIMATE = Decimal("1.5")  # times the estimate


def why_second_person(lead: Lead, commission: Decimal, won: Iterable[Lead]) -> list[str]:
    """Return why one person may not win the lead for this commission (US dollars), [] if one may.

    `won` are the other leads of the customer that are won, with their partners.
    """
    reasons = []
    if commission > settings.CREDIT_APPROVAL_LIMIT:
        reasons.append(
            f"The commission of {usd(commission)} is above the limit of "
            f"{usd(settings.CREDIT_APPROVAL_LIMIT)}."
        )
    estimated, factor = lead.estimated_commission, settings.ESTIMATE_APPROVAL_FACTOR
    if estimated is not None and commission > estimated * factor:
        reasons.append(
            f"The commission of {usd(commission)} is more than {factor} times the estimate of "
            f"{usd(estimated)}."
        )
    first = next(iter(won), None)
    if first is not None:
        reasons.append(
            f"The customer was already won as {first.readable_domain}: {first.reference} of "
            f"{first.partner}."
        )
    return reasons


def unusual(lead: Lead, choices: Sequence[Choice], estimate: Estimate, day: date) -> list[str]:
    """Return warnings about the amounts of a win that one person may still enter.

    The commission is compared with the estimate, agreed prices with the list prices of `day`. One
    query where a price was agreed.
    """
    warnings = []
    commission, estimated = estimate.commission(lead.commission_type), lead.estimated_commission
    if estimated is not None and (
        # Above the upper bound, `why_second_person` says so.
        estimated * UNUSUAL_ESTIMATE < commission <= estimated * settings.ESTIMATE_APPROVAL_FACTOR
    ):
        warnings.append(
            f"The commission of {usd(commission)} is more than {UNUSUAL_ESTIMATE} times the "
            f"estimate of {usd(estimated)}. Check the agents and prices."
        )
    return warnings + unusual_prices(choices, estimate.lines, day)


def domains_of(lead: Lead) -> set[str]:
    """Return the lead's domain, and those that it had before a correction."""
    corrected = EventText.objects.filter(
        event__lead=lead, event__kind=LeadEvent.Kind.CORRECTED, changes__has_key="domain"
    )
    return {
        lead.domain,
        *(changes["domain"][0] for changes in corrected.values_list("changes", flat=True)),
    }


def of_customer(lead: Lead) -> Q:
    """Return the condition of leads that have, or had, a domain that `lead` has or had.

    Otherwise the other one's domain could be corrected away before this one is won.
    """
    domains = domains_of(lead)
    corrected = LeadEvent.objects.filter(
        kind=LeadEvent.Kind.CORRECTED, text__changes__domain__0__in=domains
    )
    # Read first: with a subquery in the condition PostgreSQL would look at every lead.
    return Q(domain__in=domains) | Q(pk__in=list(corrected.values_list("lead", flat=True)))


def other_won_leads(lead: Lead) -> list[Lead]:
    """Return the customer's other won leads, of any partner, with their partners."""
    leads = Lead.objects.filter(of_customer(lead), status=Status.WON).exclude(pk=lead.pk)
    return list(leads.select_related("partner").order_by("submitted_at", "pk"))


def refused_win() -> Subquery:
    """Return the id of a lead's last win that was declined or canceled, to annotate leads with.

    It is that of its words, which an approved win does not keep.
    """
    refused = PendingWinText.objects.filter(
        approval__kind=SLUG, approval__subject=OuterRef("reference")
    ).exclude(approval__state=State.PENDING)
    return Subquery(refused.order_by("-approval").values("pk")[:1])
