"""The lead to look at next, in the list that sales came from."""

from copy import copy

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadportal.ui.admin_pages import ActionPagesAdmin
from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.status import Status
from leads.triage.filters import PlaceFilter, StatusFilter
from leads.triage.queue import FilteredLeads


def next_in_queue(
    model_admin: ActionPagesAdmin, request: HttpRequest, lead: Lead | None = None
) -> Lead | None:
    """Return the lead of the filtered list that has waited longest, None if there is none.

    After `lead`, if it is in the list, this is the one that follows it, otherwise the list's first.
    The filters are those in the request's address. In a list of every status, only leads that await
    their first decision count.
    """
    listed = _list_request(model_admin, request)
    chosen = StatusFilter.chosen(listed)
    status = Status.SUBMITTED if chosen == StatusFilter.ALL else chosen
    waiting = BY_AGE.oldest_first(_filtered(model_admin, listed).filter(status=status))
    if lead is None:
        return waiting.first()
    waiting = waiting.exclude(pk=lead.pk)
    if lead.status != status:
        return waiting.first()
    following = BY_AGE.newer(waiting, BY_AGE.place_of(lead))
    # Each subquery reads one row from the index; a single ordered query would sort all rows.
    pk = Coalesce(Subquery(following.values("pk")[:1]), Subquery(waiting.values("pk")[:1]))
    return Lead.objects.filter(pk=pk).first()


def next_link(model_admin: ActionPagesAdmin, request: HttpRequest) -> SafeString:
    """Return a sentence that links to the next lead of the queue."""
    lead = next_in_queue(model_admin, request)
    if lead is None:
        return SafeString(" No other lead in this list waits for a decision.")
    url = model_admin.address_of(request, lead)
    return format_html(' <a href="{}">Next in the queue: {}</a>', url, lead.company_name)


def _list_request(model_admin: ActionPagesAdmin, request: HttpRequest) -> HttpRequest:
    """Return the request for the list that the page came from."""
    kept = QueryDict(model_admin.get_preserved_filters(request)).get("_changelist_filters", "")
    filters = QueryDict(kept, mutable=True)
    filters.pop(PlaceFilter.AFTER, None)  # where the list was opened, not what it holds
    listed = copy(request)
    listed.method = "GET"
    listed.GET = filters  # type: ignore[assignment]
    return listed


def _filtered(model_admin: ActionPagesAdmin, listed: HttpRequest) -> QuerySet[Lead]:
    """Return the leads of the list; all leads if its address has invalid filters."""
    try:
        leads: QuerySet[Lead] = FilteredLeads.of(model_admin, listed).queryset
    except (IncorrectLookupParameters, SuspiciousOperation):
        return Lead.objects.all()
    return leads
