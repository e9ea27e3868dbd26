"""What the portal's pages are compared with in the same server: the same rows by stock means."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from benchmarks.rivals.models import Contact
from leads.models import DealLine, Lead

site = admin.AdminSite(name="plain_admin")


def rows(partner: int | None) -> QuerySet[Lead]:
    """Return a partner's leads with what a row shows, newest first."""
    lines = Prefetch("lines", DealLine.objects.select_related("plan__product"))
    leads = Lead.objects.filter(partner=partner).select_related("credit")
    return leads.prefetch_related(lines).order_by("-submitted_at", "-pk")


def bare(request: HttpRequest) -> HttpResponse:
    """Show the newest 25: session, user and rows, nothing else."""
    leads = rows(request.user.partner_id)[:25]  # type: ignore[union-attr]
    return render(request, "rivals/bare.html", {"leads": leads})


class StockList(ListView):
    """Pages by number, as Django's generic view makes them: counted, and reached by OFFSET."""

    template_name = "rivals/bare.html"
    context_object_name = "leads"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Any]:
        return rows(self.request.user.partner_id)  # type: ignore[union-attr]


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("company_name", "first_name", "last_name", "email", "text")


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """Validate the form, insert one row and redirect; 422 where the form is not valid."""
    form = ContactForm(request.POST, instance=Contact(author=request.user))
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    form.save()
    return redirect("home")


@admin.register(Lead, site=site)
class StockLeadAdmin(admin.ModelAdmin):
    """The queue's columns as most projects have them: filters, search, dates, 100 rows a page."""

    list_display = (
        "company_name",
        "domain",
        "partner",
        "employees",
        "agents",
        "annual_value",
        "meets_criteria",
        "submitted_at",
        "status",
    )
    list_filter = ("status", "meets_criteria", "commission_type", "source")
    search_fields = (
        "company_name",
        "domain",
        "first_name",
        "last_name",
        "contact_email",
        "reference",
    )
    date_hierarchy = "submitted_at"
    ordering = ("submitted_at", "pk")
