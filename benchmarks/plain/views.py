"""The partner's leads without a frame: a bare view of 25 rows, and Django's stock ListView."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import ListView

from leads.models import DealLine, Lead


def rows(partner: int | None) -> QuerySet[Lead]:
    """Return a partner's leads with what a row shows, newest first."""
    lines = Prefetch("lines", DealLine.objects.select_related("plan__product"))
    leads = Lead.objects.filter(partner=partner).select_related("credit")
    return leads.prefetch_related(lines).order_by("-submitted_at", "-pk")


def bare(request: HttpRequest) -> HttpResponse:
    """Show the newest 25: session, user and rows, nothing else."""
    leads = rows(request.user.partner_id)[:25]  # type: ignore[union-attr]
    return render(request, "plain/bare.html", {"leads": leads})


class StockList(ListView):
    """Pages by number, as Django's generic view makes them: counted, and reached by OFFSET."""

    template_name = "plain/bare.html"
    context_object_name = "leads"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Any]:
        return rows(self.request.user.partner_id)  # type: ignore[union-attr]
